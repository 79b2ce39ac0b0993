// The times of rows that several series make together: each time at which one of them has a point, once.

import type { AnySeries } from './any-series.ts';

export interface RowSpan {
  readonly startMs: number;
  /** Not included. */
  readonly endMs: number;
  /** So many at most: the earliest, or the latest. */
  readonly rowsMax: number;
  readonly takesLatest: boolean;
}

/**
 * Ascending. Series after series, never holding more than `rowsMax` of them; `check` is called with how many there are after each, and
 * may throw.
 */
export function rowTimes(selected: readonly AnySeries[], span: RowSpan, check: (rows: number) => void): Float64Array {
  const { startMs, endMs, rowsMax, takesLatest } = span;
  let rows: Float64Array = new Float64Array(0);
  for (const series of selected) {
    const own = takesLatest ? series.latestTimes(startMs, endMs, rowsMax) : series.times(startMs, endMs, rowsMax);
    const union = rows.length === 0 ? own : unionOfTimes(rows, own);
    if (union.length <= rowsMax) rows = union;
    else rows = takesLatest ? union.slice(union.length - rowsMax) : union.slice(0, rowsMax);
    check(rows.length);
  }
  return rows;
}

function unionOfTimes(a: Float64Array, b: Float64Array): Float64Array {
  const union = new Float64Array(a.length + b.length);
  let i = 0;
  let j = 0;
  let count = 0;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? a[i]! : Number.POSITIVE_INFINITY;
    const right = j < b.length ? b[j]! : Number.POSITIVE_INFINITY;
    union[count] = Math.min(left, right);
    count++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return union.slice(0, count);
}
