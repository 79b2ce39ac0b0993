/** Web Crypto fills 32-bit numbers; two of them make 48 bits. */
const twoTo32 = 0x1_0000_0000;

/** At random, from 1 to 2^48. */
export function drawNumber(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return 1 + (high! & 0xffff) * twoTo32 + low!;
}
