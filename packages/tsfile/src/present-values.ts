// The values of a column without its nulls: files hold nothing where a value is null.

import { type Binaries, isBinaries } from './binaries.ts';
import { type Column, isNull, sliceValues, type Values } from './column.ts';

export interface PresentValues {
  readonly values: Values;
  readonly count: number;
  /** Times of the first and the last row with a value. */
  readonly startTime: bigint;
  readonly endTime: bigint;
}

/** Of the rows from `from` up to `to`; `undefined` if all of them are null. */
export function presentValues(
  { values, nulls }: Column,
  times: BigInt64Array,
  from: number,
  to: number,
): PresentValues | undefined {
  if (nulls === undefined) {
    return {
      values: sliceValues(values, from, to),
      count: to - from,
      startTime: times[from]!,
      endTime: times[to - 1]!,
    };
  }
  const rows = presentRows(nulls, from, to);
  const count = rows.length;
  if (count === 0) return undefined;
  return {
    values: count === to - from ? sliceValues(values, from, to) : gatherValues(values, rows),
    count,
    startTime: times[rows[0]!]!,
    endTime: times[rows[count - 1]!]!,
  };
}

/** Rows that have a value, with their times. */
export function withoutNulls(times: BigInt64Array, column: Column): { times: BigInt64Array; column: Column } {
  if (column.nulls === undefined) return { times, column };
  const rows = presentRows(column.nulls, 0, times.length);
  return { times: gatherInt64s(times, rows), column: { values: gatherValues(column.values, rows) } };
}

function presentRows(nulls: Uint8Array, from: number, to: number): Int32Array {
  const rows = new Int32Array(to - from);
  let count = 0;
  for (let row = from; row < to; row++) if (!isNull(nulls, row)) rows[count++] = row;
  return rows.subarray(0, count);
}

function gatherValues(values: Values, rows: Int32Array): Values {
  if (isBinaries(values)) return gatherBinaries(values, rows);
  if (values instanceof BigInt64Array) return gatherInt64s(values, rows);
  const gathered = values.slice(0, rows.length);
  for (let i = 0; i < rows.length; i++) gathered[i] = values[rows[i]!]!;
  return gathered;
}

function gatherInt64s(values: BigInt64Array, rows: Int32Array): BigInt64Array {
  const gathered = new BigInt64Array(rows.length);
  for (let i = 0; i < rows.length; i++) gathered[i] = values[rows[i]!]!;
  return gathered;
}

function gatherBinaries({ bytes, offsets }: Binaries, rows: Int32Array): Binaries {
  const gathered = new Int32Array(rows.length + 1);
  let size = 0;
  for (let i = 0; i < rows.length; i++) {
    size += offsets[rows[i]! + 1]! - offsets[rows[i]!]!;
    gathered[i + 1] = size;
  }
  const target = new Uint8Array(size);
  for (let i = 0; i < rows.length; i++) {
    target.set(bytes.subarray(offsets[rows[i]!], offsets[rows[i]! + 1]), gathered[i]);
  }
  return { bytes: target, offsets: gathered };
}
