import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalsMax, longDecimal } from './long-decimal.ts';

function compute(digits: string, decimals: number): number {
  const low = digits.slice(10);
  return longDecimal(Number(digits.slice(0, 10)), Number(low), low.length, decimals);
}

const digits = fc.stringMatching(/^[1-9][0-9]{15,18}$/);
const decimals = fc.integer({ min: 0, max: decimalsMax });

test('is what the nearest double is, or unknown, which is seldom', () => {
  let known = 0;
  let all = 0;
  fc.assert(
    fc.property(digits, decimals, (text, count) => {
      const found = compute(text, count);
      all++;
      if (Number.isNaN(found)) return;
      known++;
      expect(found).toBe(Number(`${text}e-${count}`));
    }),
    { numRuns: 20_000 },
  );
  expect(known).toBeGreaterThan(all * 0.99);
});

test('doubles that were written with all their digits come back', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e15, noNaN: true }), (value) => {
      const [whole = '', fraction = ''] = value.toPrecision(17).split('.');
      const text = `${whole}${fraction}`.replace(/^0+/, '');
      fc.pre(!text.includes('e') && text.length >= 16 && text.length <= 19 && fraction.length <= decimalsMax);
      expect(compute(text, fraction.length)).toBe(value);
    }),
    { numRuns: 20_000 },
  );
});

/** Halfway between two doubles, and next to it. Whoever rounds twice is wrong about some of these. */
test.each([
  ['9007199254740993', 0],
  ['9007199254740995', 0],
  ['90071992547409930', 1],
  ['9007199254740993001', 3],
  ['9007199254740992999', 3],
  ['4503599627370496500', 3],
  ['4503599627370497501', 3],
  ['2251799813685248250', 3],
  ['1125899906842624125', 3],
  ['5000000000000000555', 19],
])('%s, %i of them behind the point', (text, count) => {
  const found = compute(text, count);
  if (!Number.isNaN(found)) expect(found).toBe(Number(`${text}e-${count}`));
});
