// Where pages are cut.

import { isBinaries } from '../binaries.ts';
import type { Values } from '../column.ts';
import type { PageRange } from './chunk-writer.ts';

/** Rows of pages that hold `rowsMax` rows at most, and about `textBytes` of each column's texts. */
export function pageRanges(
  rows: number,
  columns: readonly (Values | undefined)[],
  rowsMax: number,
  textBytes: number,
): PageRange[] {
  const texts = columns.filter((values) => values !== undefined).filter(isBinaries);
  const ranges: PageRange[] = [];
  for (let from = 0; from < rows; ) {
    let to = Math.min(rows, from + rowsMax);
    for (const { offsets } of texts) {
      while (to > from + 1 && offsets[to]! - offsets[from]! > textBytes) to = from + Math.ceil((to - from) / 2);
    }
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}
