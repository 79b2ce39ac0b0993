// Where in a column something stands. Rows without a value do not count.

import type { Column } from '@balsa/wire';
import { isNullAt, type Nulls } from './nulls.ts';

export function countValues({ nulls }: Column, from: number, to: number): number {
  if (nulls === undefined) return to - from;
  let count = 0;
  for (let row = from; row < to; row++) if (!isNullAt(nulls, row)) count++;
  return count;
}

/** The first row of `[from, to)` with a value, or -1. */
export function firstValue({ nulls }: Column, from: number, to: number): number {
  for (let row = from; row < to; row++) if (!isNullAt(nulls, row)) return row;
  return -1;
}

export function lastValue({ nulls }: Column, from: number, to: number): number {
  for (let row = to - 1; row >= from; row--) if (!isNullAt(nulls, row)) return row;
  return -1;
}

/** The first row with the smallest value, or -1. NaN is passed over. */
export function smallest(column: Column, from: number, to: number): number {
  const { values, nulls } = column;
  if (values instanceof BigInt64Array) return extremeHalves(values, nulls, from, to, false);
  let found = -1;
  for (let row = from; row < to; row++) {
    if (isNullAt(nulls, row) || Number.isNaN(values[row])) continue;
    if (found < 0 || values[row]! < values[found]!) found = row;
  }
  return found;
}

/** The first row with the largest value, or -1. NaN is passed over. */
export function largest(column: Column, from: number, to: number): number {
  const { values, nulls } = column;
  if (values instanceof BigInt64Array) return extremeHalves(values, nulls, from, to, true);
  let found = -1;
  for (let row = from; row < to; row++) {
    if (isNullAt(nulls, row) || Number.isNaN(values[row])) continue;
    if (found < 0 || values[row]! > values[found]!) found = row;
  }
  return found;
}

/** As pairs of 32 bits, the upper one signed: reading bigints would make an object of each. */
function extremeHalves(values: BigInt64Array, nulls: Nulls, from: number, to: number, isLargest: boolean): number {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  let found = -1;
  let high = 0;
  let low = 0;
  for (let row = from; row < to; row++) {
    if (isNullAt(nulls, row)) continue;
    const rowHigh = halves[row * 2 + 1]!;
    const rowLow = halves[row * 2]! >>> 0;
    const isLess = rowHigh < high || (rowHigh === high && rowLow < low);
    const isEqual = rowHigh === high && rowLow === low;
    if (found < 0 || (!isEqual && isLess !== isLargest)) {
      found = row;
      high = rowHigh;
      low = rowLow;
    }
  }
  return found;
}
