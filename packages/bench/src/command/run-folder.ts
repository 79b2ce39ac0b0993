import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BenchError } from '../bench-error.ts';

/** Where runs keep their data unless told otherwise; the repository ignores it. */
export const defaultFolder = 'balsa-data';

/**
 * Runs `work` in a new folder below `parent`, and removes it if the work succeeds and `keep` is false; or if it is interrupted, and
 * `keepInterrupted` is.
 */
export async function inRunFolder<T>(
  parent: string,
  prefix: string,
  keep: (result: T) => boolean,
  work: (folder: string) => Promise<T>,
  keepInterrupted = true,
): Promise<T> {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(resolve(parent), `${prefix}-`));
  let kept = true;
  try {
    const result = await work(folder);
    kept = keep(result);
    return result;
  } catch (error) {
    if (error instanceof BenchError && error.code === 'INTERRUPTED') kept = keepInterrupted;
    throw error;
  } finally {
    if (kept) process.stderr.write(`data and logs are kept in ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  }
}
