import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageRanges } from './page-ranges.ts';

describe('pages', () => {
  it('have all rows once, are no longer than they may be, and lie between two multiples of a span', () => {
    const gaps = fc.array(fc.bigInt({ min: 1n, max: 50n }), { minLength: 1, maxLength: 200 });
    const start = fc.bigInt({ min: -2000n, max: 2000n });
    fc.assert(
      fc.property(
        start,
        gaps,
        fc.integer({ min: 1, max: 60 }),
        fc.bigInt({ min: 1n, max: 400n }),
        (first, steps, rowsMax, span) => {
          const times = new BigInt64Array(steps.length);
          let time = first;
          for (const [i, step] of steps.entries()) {
            times[i] = time;
            time += step;
          }
          const floor = (at: bigint): bigint => (at - (((at % span) + span) % span)) / span;
          const ranges = pageRanges(times, [], { rowsMax, textBytes: 1000, span });
          expect(ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual(
            Array.from(times.keys()),
          );
          for (const [i, { from, to }] of ranges.entries()) {
            expect(to - from).toBeLessThanOrEqual(rowsMax);
            expect(floor(times[from]!)).toBe(floor(times[to - 1]!));
            // None is shorter than it has to be.
            if (to - from < rowsMax && i + 1 < ranges.length) expect(floor(times[to]!)).not.toBe(floor(times[from]!));
          }
        },
      ),
    );
  });

  it('end where they are full if there is no span', () => {
    const times = BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i));
    const ranges = pageRanges(times, [], { rowsMax: 4, textBytes: 1000, span: undefined });
    expect(ranges).toEqual([
      { from: 0, to: 4 },
      { from: 4, to: 8 },
      { from: 8, to: 10 },
    ]);
  });
});
