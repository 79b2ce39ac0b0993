// Columns of values in memory: typed arrays, one slot per row.

import { type Binaries, isBinaries, sliceBinaries } from './binaries.ts';
import { DataType, dataTypeName } from './data-type.ts';
import { argumentError } from './errors.ts';

export type Values =
  /** BOOLEAN, 0 or 1 */
  | Uint8Array
  /** INT32; DATE as yyyymmdd */
  | Int32Array
  /** INT64, TIMESTAMP */
  | BigInt64Array
  /** FLOAT */
  | Float32Array
  /** DOUBLE */
  | Float64Array
  /** TEXT, STRING, BLOB */
  | Binaries;

export interface Column {
  /** One per row; what stands where a value is null is arbitrary. */
  readonly values: Values;
  /** Bit `row & 7` of byte `row >> 3` is 1 where there is no value. Absent: every row has one. */
  readonly nulls?: Uint8Array | undefined;
}

export function isNull(nulls: Uint8Array | undefined, row: number): boolean {
  return nulls !== undefined && ((nulls[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}

export function valueCount(values: Values): number {
  return isBinaries(values) ? values.offsets.length - 1 : values.length;
}

/** A view of some rows' values. */
export function sliceValues(values: Values, from: number, to: number): Values {
  return isBinaries(values) ? sliceBinaries(values, from, to) : values.subarray(from, to);
}

const arrayTypes = {
  [DataType.BOOLEAN]: Uint8Array,
  [DataType.INT32]: Int32Array,
  [DataType.DATE]: Int32Array,
  [DataType.INT64]: BigInt64Array,
  [DataType.TIMESTAMP]: BigInt64Array,
  [DataType.FLOAT]: Float32Array,
  [DataType.DOUBLE]: Float64Array,
} as const;

export function isTextual(type: DataType): type is 5 | 10 | 11 {
  return type === DataType.TEXT || type === DataType.STRING || type === DataType.BLOB;
}

/** Whether values are what a type has in memory. */
export function fits(type: DataType, values: Values): boolean {
  return isTextual(type) ? isBinaries(values) : values instanceof arrayTypes[type];
}

/** @throws TsFileError TSFILE_ARGUMENT unless the column has `rows` rows of this type. */
export function checkColumn(type: DataType, { values, nulls }: Column, rows: number): void {
  if (!fits(type, values)) throw argumentError(`the values are not what ${dataTypeName(type)} has in memory`);
  if (valueCount(values) !== rows) throw argumentError(`${rows} times stand before ${valueCount(values)} values`);
  if (nulls !== undefined && nulls.length < (rows + 7) >> 3) {
    throw argumentError(`${nulls.length} bytes are too few for the nulls of ${rows} rows`);
  }
}
