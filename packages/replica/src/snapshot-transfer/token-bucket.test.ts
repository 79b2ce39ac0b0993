import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('over any time, no more passes than the rate, what it may have at once, and one last piece', () => {
  const piece = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), piece), { maxLength: 200 }),
      (perSecond, steps) => {
        const bucket = new TokenBucket(perSecond, 1000);
        let nowMs = 1000;
        let taken = 0;
        for (const [passMs, amount] of steps) {
          nowMs += passMs;
          if (!bucket.hasTokens(nowMs)) continue;
          bucket.take(amount);
          taken += amount;
          expect(taken).toBeLessThanOrEqual(((nowMs - 1000) / 1000 + 0.1) * perSecond + amount + 1e-6);
        }
      },
    ),
  );
});

test('who always has something to send gets the whole rate', () => {
  const bucket = new TokenBucket(64_000, 0);
  let taken = 0;
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 10) {
    while (bucket.hasTokens(nowMs)) {
      bucket.take(1000);
      taken += 1000;
    }
  }
  expect(taken).toBeGreaterThanOrEqual(640_000);
  expect(taken).toBeLessThanOrEqual(640_000 + 6400 + 1000);
});

test('a rate of 0 bounds nothing', () => {
  const bucket = new TokenBucket(0, 0);
  bucket.take(Number.MAX_SAFE_INTEGER);
  expect(bucket.hasTokens(0)).toBe(true);
});
