import { Encoding } from '@balsa/tsfile';
import { DataType, encodeInsertTablet } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { columnOf } from '../../testing/tablets.ts';
import { noise } from '../testing/bulk.ts';
import { openOn, rowsOf } from '../testing/harness.ts';
import { chooseEncoding } from './choose-encoding.ts';

const gauge = Array.from({ length: 5000 }, (_, i) => Math.round(2000 + 500 * Math.sin(i / 20)) / 100);
const odd = gauge.map((value, i) =>
  i % 50 === 0 ? [Number.NaN, -0, 1 / 3, 1e300, Number.NEGATIVE_INFINITY][(i / 50) % 5]! : value,
);
const rough = gauge.map((_, i) => noise(i) / 3);

describe('numbers', () => {
  it('of few digits are encoded as decimal numbers, others as bits', () => {
    expect(chooseEncoding(Float64Array.from(gauge))).toBe(Encoding.TS_2DIFF);
    expect(chooseEncoding(Float32Array.from(gauge))).toBe(Encoding.TS_2DIFF);
    expect(chooseEncoding(Float64Array.from(odd))).toBe(Encoding.TS_2DIFF);
    expect(chooseEncoding(Float64Array.from(rough))).toBeUndefined();
    expect(chooseEncoding(Int32Array.of(1))).toBeUndefined();
  });

  it('that seldom change are encoded by how long they stand', () => {
    expect(chooseEncoding(Int32Array.from({ length: 5000 }, (_, i) => (i >> 6) % 8))).toBe(Encoding.RLE);
    expect(chooseEncoding(BigInt64Array.from({ length: 5000 }, (_, i) => BigInt(i >> 6)))).toBe(Encoding.RLE);
    expect(chooseEncoding(Int32Array.from({ length: 5000 }, (_, i) => i))).toBeUndefined();
    expect(chooseEncoding(BigInt64Array.from({ length: 5000 }, (_, i) => BigInt(i >> 2)))).toBeUndefined();
    expect(chooseEncoding(new BigInt64Array(0))).toBeUndefined();
  });

  it('take less space so, and lose nothing', async () => {
    const sizes: number[] = [];
    for (const values of [gauge, odd, rough]) {
      const engine = await openOn();
      const command = encodeInsertTablet({
        device: 'root.plant.d',
        measurements: ['double', 'float'],
        dataTypes: [DataType.DOUBLE, DataType.FLOAT],
        timestamps: Float64Array.from(values, (_, i) => i),
        columns: [columnOf(DataType.DOUBLE, values), columnOf(DataType.FLOAT, values)],
      });
      engine.apply(1, command);
      const before = await rowsOf(engine, 'root.plant.d', ['double', 'float']);
      await engine.flush();
      expect(await rowsOf(engine, 'root.plant.d', ['double', 'float'])).toEqual(before);
      sizes.push(engine.statistics().fileBytes / 10_000);
      await engine.close();
    }
    expect(sizes[0]).toBeLessThan(1);
    expect(sizes[2]).toBeGreaterThan(4);
  });
});
