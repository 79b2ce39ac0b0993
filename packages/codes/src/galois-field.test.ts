import { describe, expect, test } from 'vitest';
import { inverse, multiply } from './galois-field.ts';
import { referenceProduct } from './test-reference.ts';

const elements = Array.from({ length: 256 }, (_, element) => element);

/** Every element is a sum of these, so what is linear holds for all if it holds for them. */
const bits = elements.filter((element) => Number.isInteger(Math.log2(element)));

/** Pairs for which a law does not hold. */
function pairsWithout(law: (a: number, b: number) => boolean): number[][] {
  return elements.flatMap((a) => elements.filter((b) => !law(a, b)).map((b) => [a, b]));
}

describe('GF(2^8)', () => {
  test('multiplies as polynomials do', () => {
    expect(pairsWithout((a, b) => multiply(a, b) === referenceProduct(a, b))).toEqual([]);
  });

  // Worked out by another program, in another language.
  test.each([
    [0x80, 0x02, 0x1d],
    [0x53, 0xca, 0x8f],
    [0xff, 0xff, 0xe2],
    [0x07, 0x8e, 0x8d],
  ])('%i times %i is %i', (a, b, product) => {
    expect(multiply(a, b)).toBe(product);
  });

  test('is a field', () => {
    expect(pairsWithout((a, b) => multiply(a, b) === multiply(b, a))).toEqual([]);
    for (const c of bits) {
      expect(pairsWithout((a, b) => multiply(a, b ^ c) === (multiply(a, b) ^ multiply(a, c)))).toEqual([]);
      expect(pairsWithout((a, b) => multiply(multiply(a, b), c) === multiply(a, multiply(b, c)))).toEqual([]);
    }
    expect(elements.filter((a) => multiply(a, 1) !== a || multiply(a, 0) !== 0)).toEqual([]);
    expect(elements.slice(1).filter((a) => multiply(a, inverse(a)) !== 1)).toEqual([]);
    expect(pairsWithout((a, b) => a === 0 || b === 0 || multiply(a, b) !== 0)).toEqual([]);
  });

  test('has no inverse of zero', () => {
    expect(() => inverse(0)).toThrow(RangeError);
  });
});
