// Columns of numbers take a shorter way than columns with anything else among them: both give the same.

import { DataType, dataTypeName } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tabletFromJson } from './tablet-json.ts';

const cellsOf: Readonly<Partial<Record<DataType, fc.Arbitrary<number>>>> = {
  [DataType.DOUBLE]: fc.double({ noNaN: true, noDefaultInfinity: true }),
  [DataType.FLOAT]: fc.double({ noNaN: true, noDefaultInfinity: true }),
  [DataType.INT32]: fc.integer(),
  [DataType.INT64]: fc.maxSafeInteger(),
  [DataType.TIMESTAMP]: fc.maxSafeInteger(),
};
const types = Object.keys(cellsOf).map(Number) as DataType[];

function columnOf(type: DataType, cells: readonly unknown[]) {
  const body = {
    device: 'root.d',
    timestamps: cells.map((_, row) => row),
    measurements: ['s'],
    data_types: [dataTypeName(type)],
    values: [cells],
  };
  return tabletFromJson(JSON.parse(JSON.stringify(body))).columns[0]!;
}

describe.each(types.map((type) => ({ type, name: dataTypeName(type) })))('$name', ({ type }) => {
  it('is the same with and without a null behind it', () => {
    fc.assert(
      fc.property(fc.array(cellsOf[type]!), (cells) => {
        const whole = columnOf(type, cells);
        const looked = columnOf(type, [...cells, null]);
        expect(whole.nulls).toBeUndefined();
        expect(whole.values).toEqual(looked.values.slice(0, cells.length));
      }),
    );
  });

  it('takes nothing that it cannot hold', () => {
    const wrong = type === DataType.DOUBLE || type === DataType.FLOAT ? ['x', true] : ['x', true, 0.5, 2 ** 63];
    for (const cell of wrong)
      expect(() => columnOf(type, [1, cell])).toThrow(`values[0][1] is no ${dataTypeName(type)}`);
  });
});
