import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allTimes, complement, hull, intersection, isAll, type TimeSet, timesBetween, union } from './time-set.ts';

const range = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.nat({ max: 6 }))
  .map(([start, length]) => timesBetween(start, start + length));
const times: fc.Arbitrary<TimeSet> = fc.array(range, { maxLength: 5 }).map(union);
const has = (set: TimeSet, time: number): boolean => set.some(({ startMs, endMs }) => time >= startMs && time < endMs);
const moments = Array.from({ length: 30 }, (_, at) => at - 1);

function expectInOrder(set: TimeSet): void {
  for (const [at, { startMs, endMs }] of set.entries()) {
    expect(startMs).toBeLessThan(endMs);
    if (at > 0) expect(startMs).toBeGreaterThan(set[at - 1]!.endMs);
  }
}

describe('sets of times', () => {
  it('are united, intersected and turned round', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 4 }), (sets) => {
        const results = [union(sets), intersection(sets), complement(sets[0]!), hull(sets[0]!)] as const;
        for (const result of results) expectInOrder(result);
        for (const time of moments) {
          expect(has(results[0], time)).toBe(sets.some((set) => has(set, time)));
          expect(has(results[1], time)).toBe(sets.every((set) => has(set, time)));
          expect(has(results[2], time)).toBe(!has(sets[0]!, time));
          if (has(sets[0]!, time)) expect(has(results[3], time)).toBe(true);
        }
      }),
    );
  });

  it('know everything from nothing', () => {
    expect(isAll(complement([]))).toBe(true);
    expect(complement(allTimes)).toEqual([]);
    expect(intersection([])).toBe(allTimes);
    expect(isAll(timesBetween(0, 1))).toBe(false);
  });
});
