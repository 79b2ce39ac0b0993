import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, lastIndexOf } from './batch.ts';
import { batchOf } from './testing/messages.ts';
import { Window } from './window.ts';

function takeAll(window: Window, from: number, term: number): number[] {
  const taken: number[] = [];
  for (let at = from, next = window.takeAfter(at, term); next !== undefined; next = window.takeAfter(at, term)) {
    taken.push(next.firstIndex);
    at = lastIndexOf(next);
  }
  return taken;
}

describe('a window', () => {
  it('gives batches back in the order of the log, up to the next gap', () => {
    const window = new Window(100, 1000);
    for (const first of [9, 5, 7, 3, 13]) expect(window.hold(batchOf(first, 2, 1), 0)).toBe(true);
    expect(takeAll(window, 0, 1)).toEqual([]);
    expect(takeAll(window, 2, 1)).toEqual([3, 5, 7, 9]);
    expect(takeAll(window, 12, 1)).toEqual([13]);
    expect(window.bytes).toBe(0);
    expect(window.isEmpty).toBe(true);
  });

  it('is bounded in entries, counted from the gap, and in bytes', () => {
    const window = new Window(10, 25);
    expect(window.hold(batchOf(105, 6, 1), 100)).toBe(true);
    expect(window.hold(batchOf(106, 6, 1), 100)).toBe(false);
    expect(window.hold(batchOf(102, 1, 1, 1, 21), 100)).toBe(true);
    expect(window.hold(batchOf(103, 1, 1, 1, 1), 100)).toBe(false);
    expect(window.bytes).toBe(25);
  });

  it('of no entries takes nothing', () => {
    expect(new Window(0, 100).hold(batchOf(2, 1, 1), 0)).toBe(false);
  });

  it('keeps what comes twice once', () => {
    const window = new Window(10, 100);
    window.hold(batchOf(5, 1, 1), 0);
    expect(window.hold(batchOf(5, 1, 1), 0)).toBe(true);
    expect(window.bytes).toBe(4);
  });

  it('does not give out what does not continue the term before it, and drops it', () => {
    const window = new Window(10, 100);
    window.hold(batchOf(5, 1, 3, 2), 0);
    expect(window.takeAfter(4, 1)).toBeUndefined();
    expect(window.isEmpty).toBe(true);
  });

  it('lets go of what has become contiguous otherwise', () => {
    const window = new Window(100, 1000);
    for (const first of [3, 5, 9]) window.hold(batchOf(first, 2, 1), 0);
    window.releaseUpTo(8);
    expect(window.bytes).toBe(4);
    expect(takeAll(window, 8, 1)).toEqual([9]);
  });

  it('behaves like a list of what came, for any order of arrival, any gaps and any bounds', () => {
    const arrivals = fc.array(fc.record({ batch: fc.nat(60), advance: fc.boolean() }), {
      minLength: 1,
      maxLength: 300,
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 61, maxLength: 61 });
    fc.assert(
      fc.property(
        arrivals,
        sizes,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 200 }),
        (steps, counts, entriesMax, bytesMax) => {
          const log: Batch[] = [];
          for (const count of counts)
            log.push(batchOf(log.length === 0 ? 1 : lastIndexOf(log.at(-1)!) + 1, count, 1, 1, count));
          const window = new Window(entriesMax, bytesMax);
          let held: Batch[] = [];
          let contiguous = 0;
          for (const { batch: number, advance } of steps) {
            const batch = log[number]!;
            if (batch.firstIndex > contiguous + 1 && !advance) {
              const bytes = held.reduce((sum, { count }) => sum + count, 0);
              const isThere = held.includes(batch);
              const fits = lastIndexOf(batch) - contiguous <= entriesMax && bytes + batch.count <= bytesMax;
              expect(window.hold(batch, contiguous)).toBe(isThere || fits);
              if (!isThere && fits) held.push(batch);
            } else if (advance) {
              // The batch that was missing comes, and all that follows on it.
              contiguous = lastIndexOf(log.find(({ firstIndex }) => firstIndex === contiguous + 1) ?? log.at(-1)!);
              for (
                let next = window.takeAfter(contiguous, 1);
                next !== undefined;
                next = window.takeAfter(contiguous, 1)
              ) {
                expect(held).toContain(next);
                contiguous = lastIndexOf(next);
              }
              window.releaseUpTo(contiguous);
              held = held.filter(({ firstIndex }) => firstIndex > contiguous);
              expect(held.every(({ firstIndex }) => firstIndex > contiguous + 1)).toBe(true);
            }
            expect(window.bytes).toBe(held.reduce((sum, { count }) => sum + count, 0));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
