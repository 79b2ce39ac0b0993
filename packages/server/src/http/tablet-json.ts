// A tablet as IoTDB's REST clients send it: values column by column, null where there is none.
// JSON has no 64-bit integers and no NaN: such values may come as strings.

import {
  allocateValues,
  type Column,
  type ColumnMemory,
  DataType,
  dataTypeName,
  dataTypeNamed,
  nullBytes,
  servedDataTypes,
  type Tablet,
} from '@balsa/wire';
import { illegal } from '../service/refusal.ts';

const int32Min = -(2 ** 31);
const int32Max = 2 ** 31 - 1;
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const nonFinite: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity']);

/** @throws Refusal ILLEGAL_PARAMETER that names the field. */
export function tabletFromJson(body: unknown): Tablet {
  if (!isMap(body)) {
    throw illegal('the body must be a JSON object with timestamps, measurements, data_types, values and device');
  }
  const { device } = body;
  if (typeof device !== 'string') {
    throw illegal('device must be a string such as "root.plant.line4"');
  }
  const timestamps = timestampsOf(arrayField(body, 'timestamps'));
  const measurements = arrayField(body, 'measurements').map((name, i) => asText(name, `measurements[${i}]`));
  const dataTypes = arrayField(body, 'data_types').map(asDataType);
  const values = arrayField(body, 'values');
  if (measurements.length !== dataTypes.length || measurements.length !== values.length) {
    throw illegal(
      `${measurements.length} measurements, ${dataTypes.length} data_types and ${values.length} columns of values do not match`,
    );
  }
  const columns = values.map((column, i) =>
    columnFromJson(column, i, dataTypes[i] ?? DataType.DOUBLE, timestamps.length),
  );
  return { device, measurements, dataTypes, timestamps, columns };
}

/** Whether a new device is to be aligned. @throws Refusal ILLEGAL_PARAMETER */
export function isAlignedIn(body: unknown): boolean {
  const { is_aligned: value } = isMap(body) ? body : {};
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw illegal('is_aligned must be true or false');
  return value;
}

export function arrayField(body: Record<string, unknown>, name: string): readonly unknown[] {
  const value = body[name];
  if (!Array.isArray(value)) {
    throw illegal(`${name} must be an array`);
  }
  return value;
}

/** @throws Refusal ILLEGAL_PARAMETER */
export function timestampsOf(values: ArrayLike<unknown>): Float64Array {
  const timestamps = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      throw illegal(`timestamps[${row}] must be a whole number of milliseconds since 1970`);
    }
    timestamps[row] = value;
  }
  return timestamps;
}

function asText(value: unknown, where: string): string {
  if (typeof value !== 'string') {
    throw illegal(`${where} must be a string`);
  }
  return value;
}

function asDataType(value: unknown, position: number): DataType {
  const type = typeof value === 'string' ? dataTypeNamed(value) : undefined;
  if (type === undefined) {
    throw illegal(`data_types[${position}] must be one of ${servedDataTypes.map(dataTypeName).join(', ')}`);
  }
  return type;
}

/** `undefined`: there are more or fewer than rows, or one that the type does not hold. */
export function columnOfNumbers(
  numbers: Float64Array,
  type: DataType,
  rows: number,
  memory: ColumnMemory,
): Column | undefined {
  if (numbers.length !== rows) return undefined;
  const values = allocateValues(type, rows, memory);
  return storeNumbers(values, numbers) ? { values } : undefined;
}

/** @throws Refusal ILLEGAL_PARAMETER */
export function columnFromJson(cells: unknown, position: number, type: DataType, rows: number): Column {
  if (!Array.isArray(cells) || cells.length !== rows) {
    const got = Array.isArray(cells) ? `an array of ${cells.length}` : typeof cells;
    throw illegal(`values[${position}] must be an array of ${rows} values, one for each timestamp; it is ${got}`);
  }
  const values = allocateValues(type, rows);
  if (storeNumbers(values, cells)) return { values };
  let nulls: Uint8Array | undefined;
  for (let row = 0; row < rows; row++) {
    const cell: unknown = cells[row];
    if (cell === null) {
      nulls ??= new Uint8Array(nullBytes(rows));
      nulls[row >> 3] = (nulls[row >> 3] ?? 0) | (1 << (row & 7));
    } else if (!(type === DataType.BLOB ? storeBlob(values, row, cell) : store(values, row, cell))) {
      throw illegal(`values[${position}][${row}] is no ${dataTypeName(type)}`);
    }
  }
  return nulls === undefined ? { values } : { values, nulls };
}

/**
 * Columns of numbers, every one of which is one that the type holds: what sensors send, in a loop for each kind of array. `false`: there
 * is something else among them, and every cell has to be looked at.
 */
function storeNumbers(values: Column['values'], cells: ArrayLike<unknown>): boolean {
  if (values instanceof Float64Array || values instanceof Float32Array) return storeFloats(values, cells);
  if (values instanceof Int32Array) return storeInt32s(values, cells);
  return values instanceof BigInt64Array && storeInt64s(values, cells);
}

function storeFloats(values: Float64Array | Float32Array, cells: ArrayLike<unknown>): boolean {
  for (let row = 0; row < values.length; row++) {
    const cell = cells[row];
    if (typeof cell !== 'number') return false;
    values[row] = cell;
  }
  return true;
}

function storeInt32s(values: Int32Array, cells: ArrayLike<unknown>): boolean {
  for (let row = 0; row < values.length; row++) {
    const cell = cells[row];
    if (typeof cell !== 'number' || (cell | 0) !== cell) return false;
    values[row] = cell;
  }
  return true;
}

/** As halves of 32 bits: a bigint would be an object. */
function storeInt64s(values: BigInt64Array, cells: ArrayLike<unknown>): boolean {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let row = 0; row < values.length; row++) {
    const cell = cells[row];
    if (typeof cell !== 'number' || !Number.isSafeInteger(cell)) return false;
    halves[2 * row] = cell;
    halves[2 * row + 1] = Math.floor(cell / 0x1_0000_0000);
  }
  return true;
}

/** Puts a JSON value into a column, if the column's type can hold it. */
function store(values: Column['values'], row: number, cell: unknown): boolean {
  if (values instanceof Float64Array || values instanceof Float32Array) {
    const fits = typeof cell === 'number' || nonFinite.has(cell);
    values[row] = fits ? Number(cell) : 0;
    return fits;
  }
  if (values instanceof Int32Array) {
    const fits = Number.isInteger(cell) && Number(cell) >= int32Min && Number(cell) <= int32Max;
    values[row] = fits ? Number(cell) : 0;
    return fits;
  }
  if (values instanceof BigInt64Array) {
    const integer = asBigint(cell);
    values[row] = integer ?? 0n;
    return integer !== undefined;
  }
  if (values instanceof Uint8Array) {
    values[row] = cell === true ? 1 : 0;
    return typeof cell === 'boolean';
  }
  return typeof cell === 'string' && Reflect.set(values, row, cell);
}

/** Base64, with or without padding. */
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function storeBlob(values: Column['values'], row: number, cell: unknown): boolean {
  return (
    typeof cell === 'string' &&
    base64.test(cell) &&
    Reflect.set(values, row, Uint8Array.from(Buffer.from(cell, 'base64')))
  );
}

/** Numbers above 2^53 have already lost digits when they arrive, so they are refused; a string keeps them. */
function asBigint(cell: unknown): bigint | undefined {
  if (Number.isSafeInteger(cell)) {
    return BigInt(Number(cell));
  }
  if (typeof cell !== 'string' || !/^-?\d{1,19}$/.test(cell)) {
    return undefined;
  }
  const value = BigInt(cell);
  return value >= int64Min && value <= int64Max ? value : undefined;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
