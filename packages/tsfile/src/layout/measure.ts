// Counts, extremes and sums of values while they are written.

import { type Binaries, binaryAt, isBinaries } from '../binaries.ts';
import type { Values } from '../column.ts';
import type { DataType } from '../data-type.ts';
import { DataType as Type } from '../data-type.ts';
import { halvesOf, toNumber } from '../int64.ts';
import type { Statistics } from './statistics.ts';

/** Of values that are all there, and of the times of the first and the last one. */
export function measure(type: DataType, values: Values, count: number, startTime: bigint, endTime: bigint): Statistics {
  return { count, startTime, endTime, ...measureValues(type, values, count) };
}

function measureValues(type: DataType, values: Values, count: number): Partial<Statistics> {
  if (isBinaries(values)) return measureBinaries(type, values, count);
  if (values instanceof Uint8Array) return measureBooleans(values);
  if (values instanceof Int32Array) return measureInt32(values);
  if (values instanceof BigInt64Array) return measureInt64(values);
  return measureFloats(values);
}

function measureBooleans(values: Uint8Array): Partial<Statistics> {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return { first: values[0] !== 0, last: values.at(-1) !== 0, sum: BigInt(sum) };
}

/** The sum is exact: pages have at most 2^22 rows. */
function measureInt32(values: Int32Array): Partial<Statistics> {
  let min = values[0]!;
  let max = min;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return { min, max, first: values[0], last: values.at(-1), sum: BigInt(sum) };
}

function measureInt64(values: BigInt64Array): Partial<Statistics> {
  const halves = halvesOf(values);
  let min = 0;
  let max = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += toNumber(halves[2 * i + 1]!, halves[2 * i]!);
    if (i > 0 && isLess(halves, i, min)) min = i;
    if (i > 0 && isLess(halves, max, i)) max = i;
  }
  return { min: values[min], max: values[max], first: values[0], last: values.at(-1), sum };
}

function isLess(halves: Int32Array, a: number, b: number): boolean {
  const highA = halves[2 * a + 1]!;
  const highB = halves[2 * b + 1]!;
  return highA < highB || (highA === highB && halves[2 * a]! >>> 0 < halves[2 * b]! >>> 0);
}

function measureFloats(values: Float32Array | Float64Array): Partial<Statistics> {
  let min = Number.NaN;
  let max = Number.NaN;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // Written so that a number replaces not-a-number, and never the other way round.
    if (!(value >= min) && !Number.isNaN(value)) min = value;
    if (!(value <= max) && !Number.isNaN(value)) max = value;
    sum += value;
  }
  return { min, max, first: values[0], last: values.at(-1), sum };
}

function measureBinaries(type: DataType, values: Binaries, count: number): Partial<Statistics> {
  if (type === Type.BLOB) return {};
  const ends = { first: copyOf(values, 0), last: copyOf(values, count - 1) };
  if (type === Type.TEXT) return ends;
  const bytes = Buffer.from(values.bytes.buffer, values.bytes.byteOffset, values.bytes.byteLength);
  const { offsets } = values;
  const compare = (a: number, b: number): number =>
    bytes.compare(bytes, offsets[b], offsets[b + 1], offsets[a], offsets[a + 1]);
  let min = 0;
  let max = 0;
  for (let i = 1; i < count; i++) {
    if (compare(i, min) < 0) min = i;
    else if (compare(i, max) > 0) max = i;
  }
  return { ...ends, min: copyOf(values, min), max: copyOf(values, max) };
}

/** Statistics outlive the values. */
function copyOf(values: Binaries, index: number): Uint8Array {
  return Uint8Array.from(binaryAt(values, index));
}
