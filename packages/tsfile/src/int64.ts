// 64-bit integers are exact in BigInt64Array. Loops over many of them work on their 32-bit halves, which are plain
// numbers: element `2 i` is the low half of value `i`, element `2 i + 1` its high half (every machine that Node runs on is
// little-endian).

const twoTo32 = 0x1_0000_0000;

/** The same memory, as halves. Also of Float64Array: its values' bits. */
export function halvesOf(values: BigInt64Array | Float64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** As a number, rounded to the nearest beyond 2^53. */
export function toNumber(high: number, low: number): number {
  return high * twoTo32 + (low >>> 0);
}

/** As numbers, rounded to the nearest beyond 2^53: times in milliseconds are exact. */
export function numbersOf(values: BigInt64Array): Float64Array {
  const halves = halvesOf(values);
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = toNumber(halves[2 * i + 1]!, halves[2 * i]!);
  return numbers;
}

/** Of integers up to 2^63; fractions are cut off. */
export function int64sOf(numbers: ArrayLike<number>): BigInt64Array {
  const values = new BigInt64Array(numbers.length);
  const halves = halvesOf(values);
  for (let i = 0; i < numbers.length; i++) {
    const number = Math.trunc(numbers[i]!);
    halves[2 * i] = number;
    halves[2 * i + 1] = Math.floor(number / twoTo32);
  }
  return values;
}
