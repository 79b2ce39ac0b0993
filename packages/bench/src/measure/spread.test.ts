import { expect, test } from 'vitest';
import { spreadOf } from './spread.ts';

test('the median of an odd and of an even number of values', () => {
  expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
  expect(spreadOf([10, 2, 4, 8])).toEqual({ median: 6, min: 2, max: 10 });
  expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
});

test('values are ordered as numbers, and the caller keeps its own order', () => {
  const values = [100, 20, 3];
  expect(spreadOf(values).median).toBe(20);
  expect(values).toEqual([100, 20, 3]);
});
