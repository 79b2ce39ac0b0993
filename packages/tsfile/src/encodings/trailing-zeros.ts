/** Of a 32-bit number that is not 0. */
export function countTrailingZeros(value: number): number {
  return 31 - Math.clz32(value & -value);
}
