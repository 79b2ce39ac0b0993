// Tablets for tests: written out by hand, or drawn by fast-check.

import { type Column, type ColumnValues, DataType, nullBytes, servedDataTypes, type Tablet } from '@balsa/wire';
import fc from 'fast-check';
import type { Value } from './naive-store.ts';

/** A tablet of one column, `undefined` where there is no value. */
export function tabletOf(
  device: string,
  measurement: string,
  type: DataType,
  rows: readonly (readonly [number, Value | undefined])[],
): Tablet {
  return {
    device,
    measurements: [measurement],
    dataTypes: [type],
    timestamps: Float64Array.from(rows, ([time]) => time),
    columns: [
      columnOf(
        type,
        rows.map(([, value]) => value),
      ),
    ],
  };
}

export function columnOf(type: DataType, values: readonly (Value | undefined)[]): Column {
  const cells = valuesOf(type, values);
  if (!values.includes(undefined)) return { values: cells };
  const nulls = new Uint8Array(nullBytes(values.length));
  for (const [row, value] of values.entries()) {
    if (value === undefined) nulls[row >> 3]! |= 1 << (row & 7);
  }
  return { values: cells, nulls };
}

function valuesOf(type: DataType, values: readonly (Value | undefined)[]): ColumnValues {
  switch (type) {
    case DataType.BOOLEAN:
      return Uint8Array.from(values, (value) => Number(value ?? 1));
    case DataType.INT32:
    case DataType.DATE:
      return Int32Array.from(values, (value) => Number(value ?? -7));
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return BigInt64Array.from(values, (value) => BigInt((value as bigint | undefined) ?? -7));
    case DataType.FLOAT:
      return Float32Array.from(values, (value) => Number(value ?? -7));
    case DataType.DOUBLE:
      return Float64Array.from(values, (value) => Number(value ?? -7));
    case DataType.BLOB:
      return values.map((value) => (value as Uint8Array | undefined) ?? new Uint8Array(0));
    default:
      return values.map((value) => String(value ?? ''));
  }
}

const types = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(DataType.INT32, DataType.FLOAT, DataType.DOUBLE) },
  { weight: 1, arbitrary: fc.constantFrom(...servedDataTypes) },
);
const texts = fc.string({ unit: 'binary', maxLength: 5 });
// Sums of these are exact, so the order of additions cannot matter.
const fractions = fc.integer({ min: -4000, max: 4000 }).map((value) => value / 8);

function valueArbitrary(type: DataType): fc.Arbitrary<Value> {
  switch (type) {
    case DataType.BOOLEAN:
      return fc.constantFrom(0, 1);
    case DataType.INT32:
    case DataType.DATE:
      return fc.integer({ min: -1000, max: 1000 });
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return fc.bigInt({ min: -1000n, max: 1n << 40n });
    case DataType.FLOAT:
    case DataType.DOUBLE:
      return fc.oneof({ weight: 9, arbitrary: fractions }, { weight: 1, arbitrary: fc.constant(Number.NaN) });
    case DataType.BLOB:
      return fc.uint8Array({ maxLength: 5 });
    default:
      return texts;
  }
}

export const devices: readonly string[] = ['root.a.d1', 'root.a.d2', 'root.b.d1'];
export const measurements: readonly string[] = ['s1', 's2', 's3'];

function columnArbitrary(rows: number): fc.Arbitrary<{ type: DataType; column: Column }> {
  const cells = (type: DataType) =>
    fc.array(fc.option(valueArbitrary(type), { nil: undefined, freq: 4 }), { minLength: rows, maxLength: rows });
  return types.chain((type) => cells(type).map((values) => ({ type, column: columnOf(type, values) })));
}

/** Few devices, measurements and times, so that tablets meet: in type, in time, out of order, repeated, with nulls. */
export const tablets: fc.Arbitrary<Tablet> = fc
  .array(fc.integer({ min: -30, max: 60 }), { maxLength: 12 })
  .chain((times) =>
    fc
      .record({
        device: fc.constantFrom(...devices),
        names: fc.uniqueArray(fc.constantFrom(...measurements), { minLength: 1 }),
        columns: fc.array(columnArbitrary(times.length), { minLength: 3, maxLength: 3 }),
      })
      .map(({ device, names, columns }) => ({
        device,
        measurements: names,
        dataTypes: names.map((_, i) => columns[i]!.type),
        timestamps: Float64Array.from(times),
        columns: names.map((_, i) => columns[i]!.column),
      })),
  );

export const histories: fc.Arbitrary<Tablet[]> = fc.array(tablets, { maxLength: 12 });
