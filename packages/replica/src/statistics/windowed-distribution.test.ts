import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WindowedDistribution } from './windowed-distribution.ts';

const windowMs = 1000;
const nothing = { count: 0, perSecond: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 };

test('of nothing, everything is 0', () => {
  expect(WindowedDistribution.ofMs(windowMs).report(0, 0)).toEqual({ count: 0, mean: 0, max: 0, recent: nothing });
});

test('one value is all of its figures, exactly', () => {
  const distribution = WindowedDistribution.ofMs(windowMs);
  distribution.record(123.456, 500);
  const figures = { mean: 123.456, max: 123.456 };
  const percentiles = { p50: 123.456, p90: 123.456, p99: 123.456 };
  expect(distribution.report(500, 400)).toEqual({
    count: 1,
    ...figures,
    recent: { count: 1, perSecond: 10, ...figures, ...percentiles },
  });
});

test('0 and what is beyond the largest value are counted', () => {
  const distribution = WindowedDistribution.ofWhole(windowMs);
  distribution.record(0, 0);
  distribution.record(2 ** 40, 0);
  expect(distribution.report(0, 0)).toMatchObject({ count: 2, mean: 2 ** 39, max: 2 ** 40, recent: { p50: 0 } });
});

test('what cannot be counts as 0', () => {
  const distribution = WindowedDistribution.ofMs(windowMs);
  for (const impossible of [-5, Number.NaN, Number.NEGATIVE_INFINITY]) distribution.record(impossible, 0);
  distribution.record(8, 0);
  expect(distribution.report(0, 0)).toMatchObject({ count: 4, mean: 2, max: 8, recent: { count: 4, p50: 0, p99: 8 } });
});

test('the window moves on by quarters; what was before stays in count, mean and maximum', () => {
  const distribution = WindowedDistribution.ofWhole(windowMs);
  distribution.record(10, 0);
  distribution.record(4, 250);
  distribution.record(1, 999);
  const recentAt = (nowMs: number): object => distribution.report(nowMs, 0).recent;
  expect(recentAt(999)).toMatchObject({ count: 3, mean: 5, max: 10, p99: 10 });
  expect(recentAt(1000)).toMatchObject({ count: 2, mean: 2.5, max: 4, p99: 4 });
  expect(recentAt(1250)).toMatchObject({ count: 1, mean: 1, max: 1, p50: 1 });
  expect(recentAt(1749)).toMatchObject({ count: 1 });
  expect(recentAt(1750)).toEqual(nothing);
  expect(distribution.report(1750, 0)).toMatchObject({ count: 3, mean: 5, max: 10 });
  distribution.record(7, 1800);
  expect(distribution.report(1800, 0)).toMatchObject({ count: 4, recent: { count: 1, mean: 7, max: 7, p50: 7 } });
});

test('a slice that is used again has forgotten what it held', () => {
  const distribution = WindowedDistribution.ofWhole(windowMs);
  distribution.record(10, 0);
  distribution.record(10, 0);
  distribution.record(1, 1000);
  distribution.record(20, 1000);
  expect(distribution.report(1000, 0).recent).toMatchObject({ count: 2, mean: 10.5, max: 20, p50: 1, p99: 20 });
});

test('rates are of the time that is covered', () => {
  const distribution = WindowedDistribution.ofWhole(windowMs);
  for (let i = 0; i < 10; i++) distribution.record(1, 100);
  expect(distribution.report(200, 100).recent.perSecond).toBe(100);
  // From 0 to 999, the window covers what was since the beginning; later, its last three quarters and what has passed of the present.
  expect(distribution.report(600, 0).recent.perSecond).toBeCloseTo(10 / 0.6);
  distribution.record(1, 1100);
  expect(distribution.report(1125, 0).recent.perSecond).toBeCloseTo(1 / 0.875);
});

test('percentiles are within 1/32 of the value at that rank', () => {
  const anyMs = fc.oneof(fc.float({ min: 0, max: 1, noNaN: true }), fc.float({ min: 0, max: 60_000, noNaN: true }));
  fc.assert(
    fc.property(fc.array(anyMs, { minLength: 1 }), (values) => {
      const distribution = WindowedDistribution.ofMs(windowMs);
      for (const value of values) distribution.record(value, 0);
      const { recent, max, mean } = distribution.report(0, 0);
      const sorted = values.toSorted((a, b) => a - b);
      for (const [percent, found] of [
        [50, recent.p50],
        [90, recent.p90],
        [99, recent.p99],
      ] as const) {
        const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1]!;
        // Besides the width of a bucket, half a microsecond of rounding.
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact / 32 + 0.00052);
      }
      expect(max).toBe(sorted.at(-1));
      expect(recent.max).toBe(max);
      expect(mean).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 6);
    }),
  );
});

test('the window holds what a list of everything says that it should', () => {
  const steps = fc.array(fc.tuple(fc.nat(400), fc.nat(30)), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.nat(1500), (events, lateMs) => {
      const distribution = WindowedDistribution.ofWhole(windowMs);
      const all: { readonly atMs: number; readonly value: number }[] = [];
      let nowMs = 0;
      for (const [afterMs, value] of events) {
        nowMs += afterMs;
        distribution.record(value, nowMs);
        all.push({ atMs: nowMs, value });
      }
      nowMs += lateMs;
      const fromMs = (Math.floor(nowMs / 250) - 3) * 250;
      const inWindow = all.filter(({ atMs }) => atMs >= fromMs).map(({ value }) => value);
      const { count, max, mean } = distribution.report(nowMs, 0).recent;
      const sum = inWindow.reduce((a, b) => a + b, 0);
      expect({ count, max }).toEqual({ count: inWindow.length, max: Math.max(0, ...inWindow) });
      expect(mean).toBeCloseTo(sum / Math.max(1, inWindow.length));
    }),
  );
});
