// Where pages are cut.

import { isBinaries } from '../binaries.ts';
import type { Values } from '../column.ts';
import type { PageRange } from './chunk-writer.ts';

export interface PageLimits {
  readonly rowsMax: number;
  /** About what the texts of each column take at most. */
  readonly textBytes: number;
  /** No page has times on both sides of a multiple of it. */
  readonly span: bigint | undefined;
}

export function pageRanges(
  times: BigInt64Array,
  columns: readonly (Values | undefined)[],
  { rowsMax, textBytes, span }: PageLimits,
): PageRange[] {
  const rows = times.length;
  const texts = columns.filter((values) => values !== undefined).filter(isBinaries);
  const ranges: PageRange[] = [];
  for (let from = 0; from < rows; ) {
    let to = Math.min(rows, from + rowsMax);
    if (span !== undefined) to = firstNotBefore(times, multipleBehind(times[from]!, span), from + 1, to);
    for (const { offsets } of texts) {
      while (to > from + 1 && offsets[to]! - offsets[from]! > textBytes) to = from + Math.ceil((to - from) / 2);
    }
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

function multipleBehind(time: bigint, span: bigint): bigint {
  const past = time % span;
  return time - past + (past < 0n ? 0n : span);
}

/** Of the rows of `[from, to)`; `to` if there is none. */
function firstNotBefore(times: BigInt64Array, time: bigint, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
