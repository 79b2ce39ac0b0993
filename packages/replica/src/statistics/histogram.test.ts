import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketCount, bucketOf, Histogram, middleOf, valueMax } from './histogram.ts';

const anyValue = fc.oneof(fc.nat(100), fc.nat(100_000), fc.integer({ min: 0, max: valueMax }));

test('a bucket stands for values that are at most 1/32 away', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(Math.abs(middleOf(bucketOf(value)) - value)).toBeLessThanOrEqual(value / 32);
    }),
  );
});

test('small values are exact', () => {
  for (let value = 0; value < 32; value++) expect(middleOf(bucketOf(value))).toBe(value);
});

test('buckets are in the order of their values, without a gap', () => {
  let last = -1;
  for (let value = 0; value < 5000; value++) {
    const bucket = bucketOf(value);
    expect(bucket - last).toBeLessThanOrEqual(1);
    expect(bucket).toBeGreaterThanOrEqual(last);
    last = bucket;
  }
  expect(bucketOf(valueMax)).toBe(bucketCount - 1);
});

test('every value is counted once, in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(anyValue), fc.array(anyValue), (before, values) => {
      const histogram = new Histogram();
      for (const value of before) histogram.add(value);
      histogram.clear();
      const expected = new Uint32Array(bucketCount);
      for (const value of values) {
        histogram.add(value);
        expected[bucketOf(value)]!++;
      }
      const counts = new Uint32Array(bucketCount);
      histogram.addTo(counts);
      expect(counts).toEqual(expected);
    }),
  );
});
