/** Bytes that no disk, no file system and no link can make smaller, the same for the same seed. */
export function randomPool(seed: number, bytes: number): Buffer {
  const pool = Buffer.allocUnsafe(bytes);
  let state = (seed + 1) >>> 0;
  for (let at = 0; at < bytes; at++) {
    // xorshift32 (Marsaglia, 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    pool[at] = state;
  }
  return pool;
}
