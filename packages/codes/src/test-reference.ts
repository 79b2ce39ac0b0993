// The code once more, from its definition and without a table: polynomials multiplied and divided bit by bit, inverses found by
// trying. Slow, and nothing in it is shared with what it checks.

/** x^8 + x^4 + x^3 + x^2 + 1. */
const polynomial = 0b1_0001_1101;

export function referenceProduct(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) {
    if (((b >> bit) & 1) === 1) product ^= a << bit;
  }
  for (let bit = 14; bit >= 8; bit--) {
    if (((product >> bit) & 1) === 1) product ^= polynomial << (bit - 8);
  }
  return product;
}

export function referenceInverse(a: number): number {
  for (let b = 1; b < 256; b++) {
    if (referenceProduct(a, b) === 1) return b;
  }
  throw new Error(`${a} has no inverse`);
}

/** Sums of multiples, as a kernel is to make them. */
export function referenceCombination(
  coefficients: Uint8Array,
  inputs: readonly Uint8Array[],
  outputs: number,
): Uint8Array[] {
  const length = inputs[0]?.length ?? 0;
  return Array.from({ length: outputs }, (_, i) =>
    Uint8Array.from({ length }, (_, at) =>
      inputs.reduce((sum, input, j) => sum ^ referenceProduct(coefficients[i * inputs.length + j]!, input[at]!), 0),
    ),
  );
}

/** The coefficients of parity fragments: 1 / (x + y), with x = k, k + 1, ... and y = 0, 1, ... k - 1. */
export function referenceCoefficients(dataCount: number, parityCount: number): Uint8Array {
  return Uint8Array.from({ length: dataCount * parityCount }, (_, at) =>
    referenceInverse((dataCount + Math.floor(at / dataCount)) ^ (at % dataCount)),
  );
}

/** All ways to take `count` of the numbers below `total`, each in ascending order. */
export function subsetsOf(total: number, count: number): number[][] {
  if (count === 0) return [[]];
  if (count > total) return [];
  return [...subsetsOf(total - 1, count), ...subsetsOf(total - 1, count - 1).map((subset) => [...subset, total - 1])];
}

/** All codes of up to nine fragments. */
export const smallCodes: readonly (readonly [dataCount: number, parityCount: number])[] = Array.from(
  { length: 8 },
  (_, i) => i + 2,
).flatMap((total) => Array.from({ length: total - 1 }, (_, i) => [i + 1, total - i - 1] as const));

/** Bytes that look like noise and are the same every time. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    // Numerical Recipes' linear congruential generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
