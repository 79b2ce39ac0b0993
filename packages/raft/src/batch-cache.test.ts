import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { type Batch, lastIndexOf } from './batch.ts';
import { BatchCache } from './batch-cache.ts';
import { batchOf } from './testing/messages.ts';

const bytesMax = 100;

const step = fc.oneof(
  fc.record({
    kind: fc.constant('push'),
    count: fc.integer({ min: 1, max: 5 }),
    size: fc.integer({ min: 1, max: 120 }),
  }),
  fc.record({ kind: fc.constant('truncate'), count: fc.integer({ min: 0, max: 12 }), size: fc.constant(0) }),
);

function bytesOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

describe('batch cache', () => {
  it('holds the newest batches that fit, as a plain list does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (steps, readBytesMax) => {
        const cache = new BatchCache(bytesMax);
        let held: Batch[] = [];
        let nextIndex = 1;
        for (const { kind, count, size } of steps) {
          if (kind === 'push') {
            const batch = batchOf(nextIndex, count, 1, 1, size);
            cache.push(batch);
            held.push(batch);
            while (held.length > 1 && bytesOf(held) > bytesMax) held.shift();
            nextIndex += count;
          } else {
            // Truncation falls on batch boundaries, here as in the log.
            const from = held.at(-count)?.firstIndex ?? nextIndex;
            cache.truncateFrom(from);
            held = held.filter((batch) => batch.firstIndex < from);
            nextIndex = Math.min(nextIndex, from);
          }
          expect(cache.bytes).toBe(bytesOf(held));
          for (let index = 1; index <= nextIndex; index++) {
            expect(cache.from(index, readBytesMax)).toEqual(naiveFrom(held, index, readBytesMax));
          }
        }
      }),
    );
  });

  it('keeps the newest batch, however large', () => {
    const cache = new BatchCache(bytesMax);
    cache.push(batchOf(1, 1, 1, 0, 10));
    cache.push(batchOf(2, 1, 1, 1, 1000));
    expect(cache.from(1, 1)).toBeUndefined();
    expect(cache.from(2, 1)).toHaveLength(1);
    expect(cache.bytes).toBe(1000);
  });

  it('goes on through thousands of evictions', () => {
    const cache = new BatchCache(bytesMax);
    for (let index = 1; index <= 5000; index++) cache.push(batchOf(index, 1, 1, 1, 10));
    expect(cache.bytes).toBe(bytesMax);
    expect(cache.from(4990, 1000)).toBeUndefined();
    expect(cache.from(4991, 1000)?.map(({ firstIndex }) => firstIndex)).toEqual([
      4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999, 5000,
    ]);
  });

  it('refuses a gap', () => {
    const cache = new BatchCache(bytesMax);
    cache.push(batchOf(1, 2, 1, 0));
    expect(() => cache.push(batchOf(4, 1, 1))).toThrow(InvariantError);
  });
});

function naiveFrom(held: readonly Batch[], index: number, readBytesMax: number): Batch[] | undefined {
  const start = held.findIndex((batch) => batch.firstIndex <= index && index <= lastIndexOf(batch));
  if (start < 0) return undefined;
  const found = [held[start]!];
  for (const batch of held.slice(start + 1)) {
    if (bytesOf(found) + batch.bytes.length > readBytesMax) break;
    found.push(batch);
  }
  return found;
}
