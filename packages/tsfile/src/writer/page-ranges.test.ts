import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageRanges, type RowRange } from './page-ranges.ts';

describe('pages', () => {
  it('have all rows once, in spans that lie between two multiples, and part no span that fits into the next page', () => {
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
          const spanOf = (row: number): bigint => {
            const at = times[row]!;
            return (at - (((at % span) + span) % span)) / span;
          };
          const ranges = pageRanges(times, [], { rowsMax, textBytes: 1000, span });
          const rowsOf = (parts: readonly RowRange[]): number[] =>
            parts.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
          expect(rowsOf(ranges)).toEqual(Array.from(times.keys()));
          for (const { from, to, spans = [] } of ranges) {
            expect(to - from).toBeLessThanOrEqual(rowsMax);
            expect(rowsOf(spans)).toEqual(rowsOf([{ from, to }]));
            for (const each of spans) expect(spanOf(each.from)).toBe(spanOf(each.to - 1));
            for (const each of spans.slice(1)) expect(spanOf(each.from)).not.toBe(spanOf(each.from - 1));
            if (to === times.length) continue;
            // Parted is only what takes a whole page, and no page is shorter than it has to be.
            if (spanOf(to) === spanOf(to - 1)) expect(spans).toHaveLength(1);
            let next = to;
            while (next < times.length && spanOf(next) === spanOf(to)) next++;
            expect(next - from).toBeGreaterThan(rowsMax);
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
