// GF(2^8): a byte is a polynomial over GF(2), bit i the coefficient of x^i; products are taken modulo
// x^8 + x^4 + x^3 + x^2 + 1, for which x generates all elements but zero. Addition and subtraction are XOR.
//
// J. S. Plank, "A Tutorial on Reed-Solomon Coding for Fault-Tolerance in RAID-like Systems", 1997, has the tables.

export const fieldSize = 256;
const polynomial = 0x11d;
const generator = 2;
/** Elements but zero; the powers of the generator repeat after so many. */
const order: number = fieldSize - 1;

/** Twice over, so that the sum of two logarithms needs no modulo. */
const powers = new Uint8Array(2 * order);
const logarithms = new Uint8Array(fieldSize);

for (let exponent = 0, power = 1; exponent < order; exponent++) {
  powers[exponent] = powers[exponent + order] = power;
  logarithms[power] = exponent;
  power *= generator;
  if (power >= fieldSize) power ^= polynomial;
}

/** The product of two elements. */
export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : powers[logarithms[a]! + logarithms[b]!]!;
}

/** The element whose product with `a` is 1. Throws a RangeError for zero, which has none. */
export function inverse(a: number): number {
  if (a === 0) throw new RangeError('zero has no inverse');
  return powers[order - logarithms[a]!]!;
}
