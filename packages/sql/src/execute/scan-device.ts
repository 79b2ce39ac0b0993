import type { TimeSpan } from '../source/series-source.ts';
import type { QueryContext } from './query-context.ts';
import { type Rows, rowsBytesHeld, rowsPerBlock } from './rows.ts';

export interface DeviceScan {
  readonly device: string;
  readonly measurements: readonly string[];
}

export interface ScanOrder {
  readonly isDescending: boolean;
  readonly rowsHint: number | undefined;
}

/** The rows of one device. What a block takes is counted until the next one is asked for. */
export async function* scanDevice(
  { source, signal, statistics, budget, pace }: QueryContext,
  { device, measurements }: DeviceScan,
  { startMs, endMs }: TimeSpan,
  { isDescending, rowsHint }: ScanOrder,
): AsyncGenerator<Rows, void, undefined> {
  pace.check();
  statistics.scans++;
  const blockRowsMax = rowsPerBlock(measurements.length);
  const hint = rowsHint === undefined ? {} : { rowsHint };
  const request = { device, measurements, startMs, endMs, isDescending, blockRowsMax, ...hint, signal };
  for await (const block of source.scan(request)) {
    const bytes = rowsBytesHeld(block);
    budget.take(bytes);
    try {
      statistics.rowsRead += block.times.length;
      await pace.after(block.times.length * measurements.length);
      yield block;
    } finally {
      budget.give(bytes);
    }
  }
}
