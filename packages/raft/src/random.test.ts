import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from './random.ts';

function draw(random: SeededRandom, count: number): number[] {
  return Array.from({ length: count }, () => random.nextUint32());
}

describe('seeded random', () => {
  it('gives the same numbers under the same seed, and others under another', () => {
    expect(draw(new SeededRandom(7), 20)).toEqual(draw(new SeededRandom(7), 20));
    expect(draw(new SeededRandom(7), 20)).not.toEqual(draw(new SeededRandom(8), 20));
  });

  it('stays within its bounds', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 50 }), (seed, low, width) => {
        const value = new SeededRandom(seed).integerBetween(low, low + width);
        expect(value).toBeGreaterThanOrEqual(low);
        expect(value).toBeLessThan(low + width);
      }),
    );
  });

  it('is fair enough: each of ten values comes up about as often, and chances are met', () => {
    const random = new SeededRandom(1);
    const counts = new Array<number>(10).fill(0);
    let hits = 0;
    for (let i = 0; i < 100_000; i++) {
      counts[random.integerBetween(0, 10)]!++;
      if (random.chance(0.25)) hits++;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(Math.abs(hits - 25_000)).toBeLessThan(1000);
    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
  });
});
