import { describe, expect, it } from 'vitest';
import { binariesOf } from '../binaries.ts';
import { DataType } from '../data-type.ts';
import { measure } from './measure.ts';

const { NaN: nan } = Number;

describe('statistics of', () => {
  it.each([
    ['numbers', [2, nan, -1, 3], { min: -1, max: 3, first: 2, last: 3 }],
    ['numbers behind not-a-number', [nan, 5, -1], { min: -1, max: 5, first: nan, last: -1 }],
    ['numbers before not-a-number', [5, 7, nan], { min: 5, max: 7, first: 5, last: nan }],
    ['nothing but not-a-number', [nan, nan], { min: nan, max: nan }],
    ['infinities', [-Infinity, Infinity], { min: -Infinity, max: Infinity }],
  ])('%s', (_, values, expected) => {
    expect(measure(DataType.DOUBLE, Float64Array.from(values), values.length, 1n, 9n)).toMatchObject(expected);
    expect(measure(DataType.FLOAT, Float32Array.from(values), values.length, 1n, 9n)).toMatchObject(expected);
  });

  it('integers are exact', () => {
    const of = (...values: bigint[]) => measure(DataType.INT64, BigInt64Array.from(values), values.length, 1n, 9n);
    expect(of(2n ** 53n + 1n, -1n, 2n ** 53n)).toMatchObject({ min: -1n, max: 2n ** 53n + 1n });
    expect(of(2n ** 32n, 2n ** 32n - 1n, 2n ** 31n)).toMatchObject({
      min: 2n ** 31n,
      max: 2n ** 32n,
      sum: 10737418239,
    });
    const ints = Int32Array.of(2 ** 31 - 1, 2 ** 31 - 1, -5);
    expect(measure(DataType.INT32, ints, 3, 1n, 9n)).toMatchObject({ min: -5, max: 2 ** 31 - 1, sum: 2n ** 32n - 7n });
  });

  it('booleans', () => {
    const statistics = measure(DataType.BOOLEAN, Uint8Array.of(1, 1, 0), 3, 1n, 9n);
    expect(statistics).toEqual({ count: 3, startTime: 1n, endTime: 9n, first: true, last: false, sum: 2n });
  });

  it('texts are ordered by their bytes, and only where the type has an order', () => {
    const texts = binariesOf(['b', 'a', 'ä', 'z', 'bb', 'b']);
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
    const ends = { first: bytes('b'), last: bytes('b') };
    const base = { count: 6, startTime: 1n, endTime: 9n };
    expect(measure(DataType.STRING, texts, 6, 1n, 9n)).toEqual({ ...base, ...ends, min: bytes('a'), max: bytes('ä') });
    expect(measure(DataType.TEXT, texts, 6, 1n, 9n)).toEqual({ ...base, ...ends });
    expect(measure(DataType.BLOB, texts, 6, 1n, 9n)).toEqual(base);
  });
});
