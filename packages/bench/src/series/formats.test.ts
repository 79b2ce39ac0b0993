import { DataType, decodeTablet, encodeTablet } from '@balsa/wire';
import { expect, test } from 'vitest';
import type { Batch } from './batches.ts';
import type { DataShape } from './data-shape.ts';
import { balsaJson, balsaTablet, influxLines } from './formats.ts';

const shape: DataShape = {
  devices: 20,
  sensors: 4,
  rows: 2,
  batchRows: 2,
  outOfOrderPercent: 0,
  intervalMs: 1000,
  kind: 'mixed',
  seed: 1,
};
const batch: Batch = {
  device: 17,
  timestamps: Float64Array.of(1000, 2000),
  columns: [Float64Array.of(5, 9), Float64Array.of(20.25, 20), Float64Array.of(99.5, 0.1), Float64Array.of(3, 3)],
};

test('line protocol has one line for each row, and marks what is whole', () => {
  expect(influxLines(shape, batch)).toBe(
    'bench,device=d17 s0=5i,s1=20.25,s2=99.5,s3=3i 1000\nbench,device=d17 s0=9i,s1=20,s2=0.1,s3=3i 2000\n',
  );
});

test('REST has columns', () => {
  expect(JSON.parse(balsaJson(shape, batch, true))).toEqual({
    device: 'root.bench.d17',
    timestamps: [1000, 2000],
    measurements: ['s0', 's1', 's2', 's3'],
    data_types: ['INT64', 'DOUBLE', 'DOUBLE', 'INT32'],
    values: [
      [5, 9],
      [20.25, 20],
      [99.5, 0.1],
      [3, 3],
    ],
    is_aligned: true,
  });
});

test('a tablet has the same values as typed arrays, and can be encoded', () => {
  const tablet = balsaTablet(shape, batch);
  expect(tablet.dataTypes).toEqual([DataType.INT64, DataType.DOUBLE, DataType.DOUBLE, DataType.INT32]);
  expect(tablet.columns[0]!.values).toEqual(BigInt64Array.of(5n, 9n));
  expect(tablet.columns[3]!.values).toEqual(Int32Array.of(3, 3));
  expect(decodeTablet(encodeTablet(tablet))).toEqual(tablet);
});
