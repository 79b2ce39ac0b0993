import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, intervalsOf, touches } from './intervals.ts';

describe('intervals', () => {
  it('have the times of all ranges, and no others', () => {
    const range = fc
      .record({ startMs: fc.integer({ min: 0, max: 20 }), length: fc.integer({ min: 0, max: 6 }) })
      .map(({ startMs, length }) => ({ startMs, endMs: startMs + length }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), fc.nat(26), fc.nat(26), (ranges, a, b) => {
        const intervals = intervalsOf(ranges);
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const times = Array.from({ length: last - first + 1 }, (_, i) => first + i);
        const isGone = (time: number): boolean => ranges.some((it) => time >= it.startMs && time < it.endMs);
        expect(touches(intervals, first, last)).toBe(times.some(isGone));
        expect(covers(intervals, first, last)).toBe(times.every(isGone));
        for (let i = 1; i < intervals.length; i++) expect(intervals[i]).toBeGreaterThan(intervals[i - 1]!);
      }),
    );
  });

  it('may be open at their ends', () => {
    const all = intervalsOf([{ startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY }]);
    expect(covers(all, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(touches(intervalsOf([]), 0, 0)).toBe(false);
  });
});
