// Blocks of rows, and how rows are taken from columns. No row is ever an object.

import { allocateValues, type Column, type ColumnValues, DataType, nullBytes } from '@balsa/wire';
import type { SourceValue } from '../source/series-source.ts';

export interface Rows {
  readonly times: Float64Array;
  /** Each with as many values as there are times. */
  readonly columns: readonly Column[];
}

/** Rows of a block, so that it takes a megabyte or so, whatever its width. */
export function rowsPerBlock(columns: number): number {
  return Math.max(16, Math.min(4096, Math.floor((4 << 20) / (8 * (columns + 1)))));
}

function columnBytesHeld({ values, nulls }: Column): number {
  const nullsHeld = nulls?.byteLength ?? 0;
  if (ArrayBuffer.isView(values)) return nullsHeld + values.byteLength;
  let bytes = nullsHeld;
  // A blob has one byte where a text may have two, and an object with its own memory.
  for (const value of values) bytes += 16 + (typeof value === 'string' ? 2 * value.length : 80 + value.length);
  return bytes;
}

export function rowsBytesHeld({ times, columns }: Rows): number {
  return columns.reduce((bytes, column) => bytes + columnBytesHeld(column), times.byteLength);
}

export function nullColumn(type: DataType, rows: number): Column {
  const nulls = new Uint8Array(nullBytes(rows)).fill(0xff);
  return { values: allocateValues(type, rows), nulls };
}

/** Empty memory like `values`. */
export function valuesLike(values: ColumnValues, rows: number): ColumnValues {
  return allocateValues(typeOfArray(values), rows);
}

/** One of the types whose values lie in such an array. */
function typeOfArray(values: ColumnValues): DataType {
  if (values instanceof Float64Array) return DataType.DOUBLE;
  if (values instanceof BigInt64Array) return DataType.INT64;
  if (values instanceof Float32Array) return DataType.FLOAT;
  if (values instanceof Int32Array) return DataType.INT32;
  // An array of texts takes blobs as well.
  return values instanceof Uint8Array ? DataType.BOOLEAN : DataType.TEXT;
}

/** The rows at `picked`, in that order. */
function pickColumn(column: Column, picked: Uint32Array): Column {
  const values = valuesLike(column.values, picked.length);
  copyPicked(column.values, values, picked);
  if (column.nulls === undefined) return { values };
  const nulls = new Uint8Array(nullBytes(picked.length));
  for (let row = 0; row < picked.length; row++) {
    const from = picked[row]!;
    if ((column.nulls[from >> 3]! & (1 << (from & 7))) !== 0) nulls[row >> 3]! |= 1 << (row & 7);
  }
  return { values, nulls };
}

export function pickRows({ times, columns }: Rows, picked: Uint32Array): Rows {
  const pickedTimes = new Float64Array(picked.length);
  for (let row = 0; row < picked.length; row++) pickedTimes[row] = times[picked[row]!]!;
  return { times: pickedTimes, columns: columns.map((column) => pickColumn(column, picked)) };
}

/** Rows `[from, to)`. The memory is shared where it can be. */
export function sliceRows(rows: Rows, from: number, to: number): Rows {
  if (from === 0 && to === rows.times.length) return rows;
  return {
    times: rows.times.subarray(from, to),
    columns: rows.columns.map((column) => sliceColumn(column, from, to)),
  };
}

export function sliceColumn({ values, nulls }: Column, from: number, to: number): Column {
  const part = ArrayBuffer.isView(values) ? values.subarray(from, to) : values.slice(from, to);
  return nulls === undefined ? { values: part } : { values: part, nulls: sliceNulls(nulls, from, to) };
}

export function reversedRows(rows: Rows): Rows {
  return pickRows(rows, rowNumbers(rows.times.length).reverse());
}

export function rowNumbers(count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let row = 0; row < count; row++) numbers[row] = row;
  return numbers;
}

/** Blocks of the same columns, one behind the other. */
export function concatRows(blocks: readonly Rows[]): Rows {
  const [first] = blocks;
  if (first === undefined || blocks.length === 1) return first ?? { times: new Float64Array(0), columns: [] };
  const count = blocks.reduce((total, { times }) => total + times.length, 0);
  const times = new Float64Array(count);
  let at = 0;
  for (const block of blocks) {
    times.set(block.times, at);
    at += block.times.length;
  }
  const columns = first.columns.map((_, index) => concatColumns(blocks, index, count));
  return { times, columns };
}

function concatColumns(blocks: readonly Rows[], index: number, count: number): Column {
  const values = valuesLike(blocks[0]!.columns[index]!.values, count);
  const hasNulls = blocks.some(({ columns }) => columns[index]!.nulls !== undefined);
  const nulls = hasNulls ? new Uint8Array(nullBytes(count)) : undefined;
  let at = 0;
  for (const { times, columns } of blocks) {
    const column = columns[index]!;
    copyInto(column.values, values, at);
    if (nulls !== undefined && column.nulls !== undefined) {
      for (let row = 0; row < times.length; row++) {
        if ((column.nulls[row >> 3]! & (1 << (row & 7))) !== 0) nulls[(at + row) >> 3]! |= 1 << ((at + row) & 7);
      }
    }
    at += times.length;
  }
  return nulls === undefined ? { values } : { values, nulls };
}

function copyInto(from: ColumnValues, to: ColumnValues, at: number): void {
  if (from instanceof BigInt64Array) (to as BigInt64Array).set(from, at);
  else if (ArrayBuffer.isView(from)) (to as Float64Array).set(from as Float64Array, at);
  else for (let row = 0; row < from.length; row++) (to as SourceValue[])[at + row] = from[row]!;
}

function copyPicked(from: ColumnValues, to: ColumnValues, picked: Uint32Array): void {
  // A loop for each kind of array, so that each of them stays fast.
  if (from instanceof Float64Array) copyPickedNumbers(from, to as Float64Array, picked);
  else if (from instanceof BigInt64Array) copyPickedHalves(from, to as BigInt64Array, picked);
  else if (from instanceof Float32Array) copyPickedNumbers(from, to as Float32Array, picked);
  else if (from instanceof Int32Array) copyPickedNumbers(from, to as Int32Array, picked);
  else if (from instanceof Uint8Array) copyPickedNumbers(from, to as Uint8Array, picked);
  else for (let row = 0; row < picked.length; row++) (to as SourceValue[])[row] = from[picked[row]!]!;
}

function copyPickedNumbers<Numbers extends Float64Array | Float32Array | Int32Array | Uint8Array>(
  from: Numbers,
  to: Numbers,
  picked: Uint32Array,
): void {
  for (let row = 0; row < picked.length; row++) to[row] = from[picked[row]!]!;
}

/** As pairs of 32 bits: reading a bigint would make an object of each. */
function copyPickedHalves(from: BigInt64Array, to: BigInt64Array, picked: Uint32Array): void {
  const source = new Int32Array(from.buffer, from.byteOffset, from.length * 2);
  const target = new Int32Array(to.buffer, to.byteOffset, to.length * 2);
  for (let row = 0; row < picked.length; row++) {
    const at = picked[row]! * 2;
    target[row * 2] = source[at]!;
    target[row * 2 + 1] = source[at + 1]!;
  }
}

function sliceNulls(nulls: Uint8Array, from: number, to: number): Uint8Array {
  if ((from & 7) === 0) return nulls.subarray(from >> 3, (to + 7) >> 3);
  const part = new Uint8Array(nullBytes(to - from));
  for (let row = from; row < to; row++) {
    if ((nulls[row >> 3]! & (1 << (row & 7))) !== 0) part[(row - from) >> 3]! |= 1 << ((row - from) & 7);
  }
  return part;
}
