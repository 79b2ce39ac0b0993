import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommandOperation, encodeInsertTablet } from './command.ts';
import { DataType } from './data-type.ts';
import { columnsMax, deviceBytesMax, measurementBytesMax, rowsMax } from './limits.ts';
import { decodeTablet, decodeTabletHeader, encodeTablet, type Tablet, tabletBytes } from './tablet.ts';
import { expectSurvivesDamage } from './test-damage.ts';
import { anyTablet } from './test-tablets.ts';

const tablet: Tablet = {
  device: 'root.plant.press1',
  measurements: ['temperature', 'state', 'count', 'on'],
  dataTypes: [DataType.DOUBLE, DataType.TEXT, DataType.INT64, DataType.BOOLEAN],
  timestamps: Float64Array.of(3, -1, 3),
  columns: [
    { values: Float64Array.of(1.5, Number.NaN, -0) },
    { values: ['å', '', 'ok'], nulls: Uint8Array.of(0b010) },
    { values: BigInt64Array.of(1n, -(2n ** 63n), 2n ** 63n - 1n) },
    { values: Uint8Array.of(1, 0, 1) },
  ],
};

describe('a tablet', () => {
  test('comes back as it was, whatever its columns', () => {
    fc.assert(
      fc.property(anyTablet, (any) => {
        const bytes = encodeTablet(any);
        expect(bytes.length).toBe(tabletBytes(any));
        expect(decodeTablet(bytes)).toEqual(any);
        expect(decodeTabletHeader(bytes)).toEqual({
          device: any.device,
          measurements: any.measurements,
          dataTypes: any.dataTypes,
        });
      }),
    );
  });

  test('is decoded into memory of its own, whatever its alignment', () => {
    for (let shift = 0; shift < 8; shift++) {
      const bytes = Buffer.concat([Buffer.alloc(shift), encodeTablet(tablet)]).subarray(shift);
      const decoded = decodeTablet(bytes);
      bytes.fill(0);
      expect(decoded).toEqual(tablet);
    }
  });

  test('keeps its format', () => {
    const small: Tablet = {
      device: 'root.a',
      measurements: ['b'],
      dataTypes: [DataType.INT32],
      timestamps: Float64Array.of(1),
      columns: [{ values: Int32Array.of(7) }],
    };
    expect(encodeInsertTablet(small).toString('hex')).toBe(
      ['01', '01', '0600726f6f742e61', '0100', '01', '010062', '01000000', '000000000000f03f', '00', '07000000'].join(
        '',
      ),
    );
    expect(encodeInsertTablet(small)[0]).toBe(CommandOperation.insertTablet);
  });

  test('survives damage', () => {
    expectSurvivesDamage([encodeTablet(tablet)], decodeTablet);
    expectSurvivesDamage([encodeTablet(tablet)], decodeTabletHeader);
  });

  test.each<[string, Partial<Tablet>, string]>([
    ['no device', { device: '' }, 'BYTES_MALFORMED'],
    ['a long device', { device: 'r'.repeat(deviceBytesMax + 1) }, 'LIMIT_EXCEEDED'],
    ['no columns', { measurements: [], dataTypes: [], columns: [] }, 'BYTES_MALFORMED'],
    ['too few columns', { columns: tablet.columns.slice(1) }, 'BYTES_MALFORMED'],
    ['too few types', { dataTypes: [] }, 'BYTES_MALFORMED'],
    ['a measurement twice', { measurements: ['a', 'a', 'b', 'c'] }, 'BYTES_MALFORMED'],
    ['a long measurement', { measurements: ['a'.repeat(measurementBytesMax + 1), 'b', 'c', 'd'] }, 'LIMIT_EXCEEDED'],
    ['a fraction of a millisecond', { timestamps: Float64Array.of(1, 2.5, 3) }, 'BYTES_MALFORMED'],
    ['no timestamp where one should be', { timestamps: Float64Array.of(1, Number.NaN, 3) }, 'BYTES_MALFORMED'],
    ['a column that is too short', { timestamps: Float64Array.of(1, 2, 3, 4) }, 'BYTES_MALFORMED'],
    ['the wrong kind of array', { dataTypes: [DataType.FLOAT, ...tablet.dataTypes.slice(1)] }, 'BYTES_MALFORMED'],
    ['numbers for texts', { dataTypes: [DataType.TEXT, ...tablet.dataTypes.slice(1)] }, 'BYTES_MALFORMED'],
    ['a type that is not served', { dataTypes: [7 as DataType, ...tablet.dataTypes.slice(1)] }, 'BYTES_MALFORMED'],
    ['too many rows', { timestamps: new Float64Array(rowsMax + 1) }, 'LIMIT_EXCEEDED'],
  ])('with %s is refused before it is sent', (_what, change, code) => {
    expect(() => encodeTablet({ ...tablet, ...change })).toThrow(expect.objectContaining({ code }));
  });

  test('that announces more than it brings takes no memory', () => {
    const bytes = encodeTablet({ ...tablet, timestamps: new Float64Array(0), columns: tablet.columns.map(emptied) });
    // Behind the number of rows there are only the null markers of the columns.
    const rowsAt = bytes.length - tablet.columns.length - 4;
    bytes.writeUInt32LE(rowsMax, rowsAt);
    expect(() => decodeTablet(bytes)).toThrow(expect.objectContaining({ code: 'BYTES_TRUNCATED' }));
    bytes.writeUInt32LE(rowsMax + 1, rowsAt);
    expect(() => decodeTablet(bytes)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });

  test('with more columns than the limit is refused', () => {
    const names = Array.from({ length: columnsMax + 1 }, (_, i) => `s${i}`);
    const wide = {
      device: 'root.a',
      measurements: names,
      dataTypes: names.map(() => DataType.BOOLEAN),
      timestamps: new Float64Array(0),
      columns: names.map(() => ({ values: new Uint8Array(0) })),
    };
    expect(() => encodeTablet(wide)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });
});

function emptied({ values, nulls }: Tablet['columns'][number]): Tablet['columns'][number] {
  const none = values.slice(0, 0);
  return nulls === undefined ? { values: none } : { values: none, nulls: new Uint8Array(0) };
}
