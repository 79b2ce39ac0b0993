import { expect, test } from 'vitest';
import { ShapedWay } from './shaped-way.ts';

test('a way without a cap is always free', () => {
  const way = new ShapedWay();
  expect(way.take(1_000_000, 0)).toBe(0);
  expect(way.take(1_000_000, 0)).toBe(0);
});

test('a capped way is taken for as long as its bytes need, by all connections together', () => {
  const way = new ShapedWay();
  way.cap(1000);
  expect(way.take(500, 0)).toBe(0);
  expect(way.take(100, 0)).toBe(500);
  expect(way.take(100, 300)).toBe(200);
  expect(way.take(100, 500)).toBe(0);
  expect(way.take(1, 500)).toBe(100);
  // What was not used is not saved up.
  expect(way.take(1000, 10_000)).toBe(0);
  expect(way.take(1, 10_000)).toBe(1000);
});

test('without its cap it is free at once', () => {
  const way = new ShapedWay();
  way.cap(1);
  way.take(1_000_000, 0);
  way.cap(undefined);
  expect(way.take(1_000_000, 0)).toBe(0);
});
