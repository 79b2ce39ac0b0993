// Numbers by which things are told apart that must not be confused: drawn, because nobody could hand them out. Web Crypto is
// there in Node and in browsers, where the simulator can run.

const twoTo32 = 0x1_0000_0000;

/** From 1 to 2^48; hardly ever the same twice. */
export function randomId(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return 1 + (high! & 0xffff) * twoTo32 + low!;
}
