// Arbitrary tablets and columns for property tests.

import fc from 'fast-check';
import { type Column, type ColumnValues, nullBytes } from './column.ts';
import { DataType, servedDataTypes } from './data-type.ts';
import type { Tablet } from './tablet.ts';

/** Of one to four bytes per character in UTF-8. */
export const anyText: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom('\0', 'a', 'é', '€', '😀'),
  maxLength: 12,
});

function anyValues(type: DataType, rows: number): fc.Arbitrary<ColumnValues> {
  const sized = { minLength: rows, maxLength: rows };
  switch (type) {
    case DataType.BOOLEAN:
      return fc.array(fc.integer({ min: 0, max: 1 }), sized).map((values) => Uint8Array.from(values));
    case DataType.INT32:
    case DataType.DATE:
      return fc.int32Array(sized).map((values) => Int32Array.from(values));
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return fc.bigInt64Array(sized).map((values) => BigInt64Array.from(values));
    case DataType.FLOAT:
      return fc.float32Array(sized).map((values) => Float32Array.from(values));
    case DataType.DOUBLE:
      return fc.float64Array(sized).map((values) => Float64Array.from(values));
    case DataType.BLOB:
      return fc.array(fc.uint8Array({ maxLength: 12 }), sized);
    default:
      return fc.array(anyText, sized);
  }
}

/** Texts and blobs under a null travel as empty ones, so they are empty here. */
function anyColumn(type: DataType, rows: number): fc.Arbitrary<Column> {
  const size = nullBytes(rows);
  return fc
    .tuple(anyValues(type, rows), fc.option(fc.uint8Array({ minLength: size, maxLength: size }), { nil: undefined }))
    .map(([values, bits]) => {
      if (bits === undefined) return { values };
      const nulls = Uint8Array.from(bits);
      if (ArrayBuffer.isView(values)) return { values, nulls };
      const isNull = (row: number): boolean => ((nulls[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
      if (type === DataType.BLOB) {
        return { values: values.map((blob, row) => (isNull(row) ? new Uint8Array(0) : (blob as Uint8Array))), nulls };
      }
      return { values: values.map((text, row) => (isNull(row) ? '' : (text as string))), nulls };
    });
}

export const anyTablet: fc.Arbitrary<Tablet> = fc
  .record({
    device: fc.string({ minLength: 1, maxLength: 20 }),
    measurements: fc.uniqueArray(fc.string({ maxLength: 10 }), { minLength: 1, maxLength: 5 }),
    timestamps: fc.array(fc.maxSafeInteger(), { maxLength: 40 }),
  })
  .chain(({ device, measurements, timestamps }) =>
    fc
      .array(fc.constantFrom(...servedDataTypes), { minLength: measurements.length, maxLength: measurements.length })
      .chain((dataTypes) =>
        fc
          .tuple(...dataTypes.map((type) => anyColumn(type, timestamps.length)))
          .map((columns) => ({ device, measurements, dataTypes, timestamps: Float64Array.from(timestamps), columns })),
      ),
  );
