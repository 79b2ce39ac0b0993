// What is known of values without reading them: of a page, a chunk, and a series.
//
//   uvarint  number of values
//   i64      first time, i64  last time
//   BOOLEAN           u8 first, u8 last, i64 sum
//   INT32, DATE       i32 smallest, largest, first, last, i64 sum
//   INT64, TIMESTAMP  i64 smallest, largest, first, last, f64 sum
//   FLOAT, DOUBLE     smallest, largest, first, last of their own width, f64 sum
//   TEXT              first, last, each behind its length as i32
//   STRING            first, last, smallest, largest, each behind its length as i32
//   BLOB, times       nothing more

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { DataType, timeColumnType } from '../data-type.ts';

/** Of BOOLEAN a boolean, of INT64 and TIMESTAMP a bigint, of other numbers a number, of texts their bytes. */
export type StatisticValue = boolean | number | bigint | Uint8Array;

export interface Statistics {
  /** How many rows have a value. */
  readonly count: number;
  /** Of rows with a value. Meaningless if there are none. */
  readonly startTime: bigint;
  readonly endTime: bigint;
  /** Of what has an order; of texts, that of their bytes. Not-a-number is passed over unless there is nothing else. */
  readonly min?: StatisticValue | undefined;
  readonly max?: StatisticValue | undefined;
  readonly first?: StatisticValue | undefined;
  readonly last?: StatisticValue | undefined;
  /** Of BOOLEAN how often it is true. Exact for BOOLEAN and INT32 (a bigint), rounded for the others. */
  readonly sum?: number | bigint | undefined;
}

/** Types that have statistics: those of values, and that of time columns. */
export type MeasuredType = DataType | typeof timeColumnType;

const timeMax = 2n ** 63n - 1n;
const timeMin = -(2n ** 63n);
const noBytes = new Uint8Array(0);

const empty = new Map<MeasuredType, Statistics>();

/** Of no values, as official writers have it. The same object each time: chunks of few values begin with it very often. */
export function emptyStatistics(type: MeasuredType): Statistics {
  let statistics = empty.get(type);
  if (statistics === undefined) {
    statistics = newEmptyStatistics(type);
    empty.set(type, statistics);
  }
  return statistics;
}

function newEmptyStatistics(type: MeasuredType): Statistics {
  const base = { count: 0, startTime: timeMax, endTime: timeMin };
  switch (type) {
    case DataType.BOOLEAN:
      return { ...base, first: false, last: false, sum: 0n };
    case DataType.INT32:
    case DataType.DATE:
      return { ...base, min: 0, max: 0, first: 0, last: 0, sum: 0n };
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return { ...base, min: 0n, max: 0n, first: 0n, last: 0n, sum: 0 };
    case DataType.FLOAT:
    case DataType.DOUBLE:
      return { ...base, min: 0, max: 0, first: 0, last: 0, sum: 0 };
    case DataType.TEXT:
      return { ...base, first: noBytes, last: noBytes };
    case DataType.STRING:
      return { ...base, first: noBytes, last: noBytes, min: noBytes, max: noBytes };
    case DataType.BLOB:
    case timeColumnType:
      return base;
  }
}

/** Of one thing after another: `next` begins after `before` ends. */
export function mergeStatistics(before: Statistics, next: Statistics): Statistics {
  if (before.count === 0) return next;
  if (next.count === 0) return before;
  return {
    count: before.count + next.count,
    startTime: before.startTime,
    endTime: next.endTime,
    min: extreme(before.min, next.min, -1),
    max: extreme(before.max, next.max, 1),
    first: before.first,
    last: next.last,
    sum: sumOf(before.sum, next.sum),
  };
}

function sumOf(a: Statistics['sum'], b: Statistics['sum']): Statistics['sum'] {
  if (typeof a === 'bigint' && typeof b === 'bigint') return BigInt.asIntN(64, a + b);
  return typeof a === 'number' && typeof b === 'number' ? a + b : undefined;
}

function extreme(
  a: StatisticValue | undefined,
  b: StatisticValue | undefined,
  sign: -1 | 1,
): StatisticValue | undefined {
  if (a === undefined || b === undefined || Number.isNaN(b)) return a;
  return Number.isNaN(a) || compareValues(b, a) * sign > 0 ? b : a;
}

/** Values of one type; texts by their bytes. */
export function compareValues(a: StatisticValue, b: StatisticValue): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function writeStatistics(type: MeasuredType, statistics: Statistics, out: ByteWriter): void {
  const { min, max, first, last, sum } = statistics;
  out.uvarint(statistics.count);
  out.i64(statistics.startTime);
  out.i64(statistics.endTime);
  switch (type) {
    case DataType.BOOLEAN:
      out.u8(first === true ? 1 : 0);
      out.u8(last === true ? 1 : 0);
      out.i64(sum as bigint);
      break;
    case DataType.INT32:
    case DataType.DATE:
      for (const value of [min, max, first, last]) out.i32(value as number);
      out.i64(sum as bigint);
      break;
    case DataType.INT64:
    case DataType.TIMESTAMP:
      for (const value of [min, max, first, last]) out.i64(value as bigint);
      out.f64(sum as number);
      break;
    case DataType.FLOAT:
      for (const value of [min, max, first, last]) out.f32(value as number);
      out.f64(sum as number);
      break;
    case DataType.DOUBLE:
      for (const value of [min, max, first, last, sum]) out.f64(value as number);
      break;
    case DataType.TEXT:
      for (const value of [first, last]) out.binary(value as Uint8Array);
      break;
    case DataType.STRING:
      for (const value of [first, last, min, max]) out.binary(value as Uint8Array);
      break;
    case DataType.BLOB:
    case timeColumnType:
      break;
  }
}

export function readStatistics(type: MeasuredType, source: ByteReader): Statistics {
  const count = source.uvarint();
  const startTime = source.i64();
  const endTime = source.i64();
  if (count > 0 && startTime > endTime) throw source.damaged('statistics end before they start');
  return readValues(type, { count, startTime, endTime }, source);
}

interface TimeStatistics {
  readonly count: number;
  readonly startTime: bigint;
  readonly endTime: bigint;
}

/** An index is full of these: each is made in one go, and those of numbers alike. */
function readValues(type: MeasuredType, { count, startTime, endTime }: TimeStatistics, source: ByteReader): Statistics {
  switch (type) {
    case DataType.BOOLEAN:
      return { count, startTime, endTime, first: source.u8() !== 0, last: source.u8() !== 0, sum: source.i64() };
    case DataType.INT32:
    case DataType.DATE: {
      const [min, max, first, last] = [source.i32(), source.i32(), source.i32(), source.i32()];
      return { count, startTime, endTime, min, max, first, last, sum: source.i64() };
    }
    case DataType.INT64:
    case DataType.TIMESTAMP: {
      const [min, max, first, last] = [source.i64(), source.i64(), source.i64(), source.i64()];
      return { count, startTime, endTime, min, max, first, last, sum: source.f64() };
    }
    case DataType.FLOAT: {
      const [min, max, first, last] = [source.f32(), source.f32(), source.f32(), source.f32()];
      return { count, startTime, endTime, min, max, first, last, sum: source.f64() };
    }
    case DataType.DOUBLE: {
      const [min, max, first, last] = [source.f64(), source.f64(), source.f64(), source.f64()];
      return { count, startTime, endTime, min, max, first, last, sum: source.f64() };
    }
    case DataType.TEXT:
      return { count, startTime, endTime, first: copied(source), last: copied(source) };
    case DataType.STRING: {
      const [first, last, min, max] = [copied(source), copied(source), copied(source), copied(source)];
      return { count, startTime, endTime, min, max, first, last };
    }
    case DataType.BLOB:
    case timeColumnType:
      return { count, startTime, endTime };
  }
}

/** Statistics outlive what they were read from, and must not hold it. */
function copied(source: ByteReader): Uint8Array {
  return Uint8Array.from(source.binary());
}
