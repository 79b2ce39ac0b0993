// Where pages are cut.

import { isBinaries } from '../binaries.ts';
import type { Values } from '../column.ts';

export interface PageLimits {
  readonly rowsMax: number;
  /** About what the texts of each column take at most. */
  readonly textBytes: number;
  /** Rows between two multiples of it belong together. */
  readonly span: bigint | undefined;
}

export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** The rows of one page. */
export interface PageRange extends RowRange {
  /** Those of each span; absent if there is none to speak of. */
  readonly spans?: readonly RowRange[];
}

/** A page is as long as it may be, but does not part rows of a span that could as well be in the next page together. */
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
    for (const { offsets } of texts) {
      while (to > from + 1 && offsets[to]! - offsets[from]! > textBytes) to = from + Math.ceil((to - from) / 2);
    }
    if (span === undefined) ranges.push({ from, to });
    else {
      const spans = spanRanges(times, from, to, span);
      const isParted = to < rows && times[to]! < multipleBehind(times[to - 1]!, span);
      if (isParted && spans.length > 1) to = spans.pop()!.from;
      ranges.push({ from, to, spans });
    }
    from = to;
  }
  return ranges;
}

function spanRanges(times: BigInt64Array, start: number, end: number, span: bigint): RowRange[] {
  const ranges: RowRange[] = [];
  for (let from = start; from < end; ) {
    const to = firstNotBefore(times, multipleBehind(times[from]!, span), from + 1, end);
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
