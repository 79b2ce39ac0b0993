// Which rows are asked for.

import { type Column, sliceValues } from '../column.ts';
import type { Statistics } from '../layout/statistics.ts';

/** From `startTime` up to and with `endTime`; open where absent. */
export interface TimeRange {
  readonly startTime?: bigint | undefined;
  readonly endTime?: bigint | undefined;
}

/** Whether something of which these are the statistics may have rows in the range. */
export function overlaps({ startTime, endTime }: TimeRange, statistics: Statistics): boolean {
  if (statistics.count === 0) return false;
  return (
    (startTime === undefined || statistics.endTime >= startTime) &&
    (endTime === undefined || statistics.startTime <= endTime)
  );
}

/** The rows within the range: from the first up to and without the second. */
export function rowsWithin({ startTime, endTime }: TimeRange, times: BigInt64Array): [from: number, to: number] {
  return [
    startTime === undefined ? 0 : firstNotBefore(times, startTime),
    endTime === undefined ? times.length : firstNotBefore(times, endTime + 1n),
  ];
}

function firstNotBefore(times: BigInt64Array, time: bigint): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Some rows of a column. Nulls are copied, as they may begin within a byte. */
export function sliceColumn({ values, nulls }: Column, from: number, to: number): Column {
  if (nulls === undefined) return { values: sliceValues(values, from, to) };
  if (from === 0) return { values: sliceValues(values, 0, to), nulls };
  const moved = new Uint8Array((to - from + 7) >> 3);
  for (let row = from; row < to; row++) {
    if ((nulls[row >> 3]! & (1 << (row & 7))) !== 0) moved[(row - from) >> 3]! |= 1 << ((row - from) & 7);
  }
  return { values: sliceValues(values, from, to), nulls: moved };
}
