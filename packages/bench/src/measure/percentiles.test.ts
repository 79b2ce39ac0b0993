import { expect, test } from 'vitest';
import { percentilesOf, scaled } from './percentiles.ts';

test('percentiles are values that were measured', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect(percentilesOf(values)).toEqual({ count: 200, p50: 100, p90: 180, p99: 198, max: 200 });
  expect(percentilesOf([100, 20, 3])).toEqual({ count: 3, p50: 20, p90: 100, p99: 100, max: 100 });
  expect(percentilesOf([7])).toEqual({ count: 1, p50: 7, p90: 7, p99: 7, max: 7 });
});

test('the caller keeps its own order', () => {
  const values = [3, 1, 2];
  percentilesOf(values);
  expect(values).toEqual([3, 1, 2]);
});

test('another unit changes every figure but the count', () => {
  expect(scaled({ count: 5, p50: 1, p90: 2, p99: 3, max: 4 }, 10)).toEqual({
    count: 5,
    p50: 10,
    p90: 20,
    p99: 30,
    max: 40,
  });
});
