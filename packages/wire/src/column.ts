// Columns of values, as typed arrays in memory and as the same bytes on the wire.
//
//   u8   1 if a bitmap of nulls follows
//   null bitmap, ceil(rows / 8) bytes
//   values: BOOLEAN 1 byte, INT32, DATE and FLOAT 4, INT64, DOUBLE and TIMESTAMP 8 bytes each, little endian;
//           TEXT and STRING each u32 length and UTF-8, BLOB u32 length and bytes, empty where null

import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { DataType, dataTypeName } from './data-type.ts';
import { WireError } from './errors.ts';
import { textValueBytesMax } from './limits.ts';

/** Values of one column; what stands where a value is null is arbitrary. */
export type ColumnValues =
  /** DOUBLE */
  | Float64Array
  /** FLOAT */
  | Float32Array
  /** INT32, DATE (yyyymmdd) */
  | Int32Array
  /** INT64, TIMESTAMP (ms since epoch) */
  | BigInt64Array
  /** BOOLEAN, 0 or 1 */
  | Uint8Array
  /** TEXT, STRING */
  | readonly string[]
  /** BLOB */
  | readonly Uint8Array[];

export interface Column {
  readonly values: ColumnValues;
  /** Bit `row & 7` of byte `row >> 3` is 1 where there is no value. Absent: every row has one. */
  readonly nulls?: Uint8Array;
}

export function isNull(column: Column, row: number): boolean {
  return column.nulls !== undefined && ((column.nulls[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}

const noBytes = new Uint8Array(0);

/** Memory of which many arrays take their part: for a few hundred numbers a buffer of their own costs more than they do. */
export class ColumnMemory {
  readonly buffer: ArrayBuffer;
  #taken = 0;

  /** For as many rows of columns of these types. Texts and blobs take none of it. */
  constructor(types: readonly DataType[], rows: number) {
    let bytes = 0;
    for (let i = 0; i < types.length; i++) bytes += wholeWords(valueBytes(types[i]!) * rows);
    this.buffer = new ArrayBuffer(bytes);
  }

  /** Where there is room for so many bytes. */
  take(bytes: number): number {
    const at = this.#taken;
    this.#taken += wholeWords(bytes);
    return at;
  }
}

function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Empty memory for `rows` values of a type, out of `memory` if that is given. */
export function allocateValues(type: DataType, rows: number, memory?: ColumnMemory): ColumnValues {
  switch (type) {
    case DataType.BOOLEAN:
      return memory === undefined ? new Uint8Array(rows) : new Uint8Array(memory.buffer, memory.take(rows), rows);
    case DataType.INT32:
    case DataType.DATE:
      return memory === undefined ? new Int32Array(rows) : new Int32Array(memory.buffer, memory.take(4 * rows), rows);
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return memory === undefined
        ? new BigInt64Array(rows)
        : new BigInt64Array(memory.buffer, memory.take(8 * rows), rows);
    case DataType.FLOAT:
      return memory === undefined
        ? new Float32Array(rows)
        : new Float32Array(memory.buffer, memory.take(4 * rows), rows);
    case DataType.DOUBLE:
      return memory === undefined
        ? new Float64Array(rows)
        : new Float64Array(memory.buffer, memory.take(8 * rows), rows);
    case DataType.TEXT:
    case DataType.STRING:
      return new Array<string>(rows).fill('');
    case DataType.BLOB:
      return new Array<Uint8Array>(rows).fill(noBytes);
  }
}

/** What a value takes in a typed array; 0: values of this type lie in none. */
function valueBytes(type: DataType): number {
  switch (type) {
    case DataType.BOOLEAN:
      return 1;
    case DataType.INT32:
    case DataType.DATE:
    case DataType.FLOAT:
      return 4;
    case DataType.TEXT:
    case DataType.STRING:
    case DataType.BLOB:
      return 0;
    default:
      return 8;
  }
}

/** Throws unless the column holds `rows` values in the array that its type asks for. */
export function checkColumn(column: Column, type: DataType, rows: number): void {
  const { values, nulls } = column;
  if (!isArrayOf(type, values)) {
    const sample = describeArray(allocateValues(type, 0));
    throw new WireError('BYTES_MALFORMED', `values of ${dataTypeName(type)} must be in ${sample}`);
  }
  if (Array.isArray(values)) checkCells(values, type);
  if (values.length !== rows) {
    throw new WireError('BYTES_MALFORMED', `a column has ${values.length} values for ${rows} timestamps`);
  }
  if (nulls !== undefined && nulls.length < nullBytes(rows)) {
    throw new WireError('BYTES_MALFORMED', `a null bitmap has ${nulls.length} bytes for ${rows} rows`);
  }
}

/** Exactly: a Buffer, for one, is a Uint8Array that others may write to. */
function isArrayOf(type: DataType, values: ColumnValues): boolean {
  switch (type) {
    case DataType.BOOLEAN:
      return values.constructor === Uint8Array;
    case DataType.INT32:
    case DataType.DATE:
      return values.constructor === Int32Array;
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return values.constructor === BigInt64Array;
    case DataType.FLOAT:
      return values.constructor === Float32Array;
    case DataType.DOUBLE:
      return values.constructor === Float64Array;
    case DataType.TEXT:
    case DataType.STRING:
    case DataType.BLOB:
      return Array.isArray(values);
  }
}

/** Texts and blobs lie in arrays, which could hold either. */
function checkCells(cells: readonly unknown[], type: DataType): void {
  const isBlob = type === DataType.BLOB;
  for (const cell of cells) {
    // What stands where a value is null is arbitrary.
    if (cell === undefined || (isBlob ? cell instanceof Uint8Array : typeof cell === 'string')) continue;
    throw new WireError('BYTES_MALFORMED', `a value of ${dataTypeName(type)} must be ${isBlob ? 'bytes' : 'a string'}`);
  }
}

/** How many bytes `writeColumn` writes. */
export function columnBytes(column: Column, rows: number): number {
  const prefix = 1 + (column.nulls === undefined ? 0 : nullBytes(rows));
  const { values } = column;
  if (ArrayBuffer.isView(values)) return prefix + values.byteLength;
  let sum = prefix + 4 * rows;
  for (let row = 0; row < rows; row++) {
    if (!isNull(column, row)) sum += cellBytes(values[row] ?? '');
  }
  return sum;
}

function cellBytes(cell: string | Uint8Array): number {
  return typeof cell === 'string' ? Buffer.byteLength(cell) : cell.length;
}

/** `column` has passed `checkColumn`. */
export function writeColumn(writer: ByteWriter, column: Column, rows: number): void {
  const { values, nulls } = column;
  writer.u8(nulls === undefined ? 0 : 1);
  if (nulls !== undefined) writer.raw(nulls.subarray(0, nullBytes(rows)));
  if (ArrayBuffer.isView(values)) {
    writer.array(values);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const cell = isNull(column, row) ? '' : (values[row] ?? '');
    if (typeof cell === 'string') {
      writer.text32(cell);
      continue;
    }
    writer.u32(cell.length);
    writer.raw(cell);
  }
}

export function readColumn(reader: ByteReader, type: DataType, rows: number, memory?: ColumnMemory): Column {
  const hasNulls = reader.u8();
  if (hasNulls > 1) throw new WireError('BYTES_MALFORMED', `the null marker of a column is ${hasNulls}`);
  let nulls: Uint8Array | undefined;
  if (hasNulls === 1) {
    reader.expect(nullBytes(rows), 1);
    nulls = new Uint8Array(nullBytes(rows));
    reader.fill(nulls);
  }
  const values = readValues(reader, type, rows, memory);
  return nulls === undefined ? { values } : { values, nulls };
}

function readValues(reader: ByteReader, type: DataType, rows: number, memory: ColumnMemory | undefined): ColumnValues {
  reader.expect(rows, bytesPerValueMin(type));
  const values = allocateValues(type, rows, memory);
  if (ArrayBuffer.isView(values)) {
    reader.fill(values);
    if (type === DataType.BOOLEAN && values.some(isNoBoolean)) {
      throw new WireError('BYTES_MALFORMED', 'a BOOLEAN is neither 0 nor 1');
    }
    return values;
  }
  if (type === DataType.BLOB) return Array.from({ length: rows }, () => readBlob(reader));
  return Array.from({ length: rows }, () => reader.text32(textValueBytesMax));
}

/** A copy: the bytes that were read may be somebody else's afterwards. */
function readBlob(reader: ByteReader): Uint8Array {
  const size = reader.u32();
  if (size > textValueBytesMax) {
    throw new WireError('LIMIT_EXCEEDED', `a blob of ${size} bytes is over the limit of ${textValueBytesMax}`);
  }
  return Uint8Array.from(reader.raw(size));
}

function isNoBoolean(value: number | bigint): boolean {
  return value > 1;
}

/** Texts and blobs have at least their length. */
export function bytesPerValueMin(type: DataType): number {
  return valueBytes(type) || 4;
}

export function nullBytes(rows: number): number {
  return (rows + 7) >>> 3;
}

function describeArray(sample: ColumnValues): string {
  return Array.isArray(sample) ? 'an array' : `a ${sample.constructor.name}`;
}
