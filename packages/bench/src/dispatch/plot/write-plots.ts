import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DispatchReport } from '../report.ts';
import { dispatchPlot } from './dispatch-plot.ts';

/** One plot for each size of entries. Returns the files. */
export function writePlots(report: DispatchReport, fileOrFolder: string): string[] {
  return report.settings.valueBytes.map((valueBytes) => {
    const file = fileOf(fileOrFolder, valueBytes, report.settings.valueBytes.length);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, dispatchPlot(report, valueBytes));
    return file;
  });
}

/** A name that ends like a file names a file, as long as there is only one to write. */
function fileOf(fileOrFolder: string, valueBytes: number, count: number): string {
  if (!fileOrFolder.endsWith('.svg')) return join(fileOrFolder, `dispatch-${valueBytes}.svg`);
  return count === 1 ? fileOrFolder : fileOrFolder.replace(/\.svg$/, `-${valueBytes}.svg`);
}
