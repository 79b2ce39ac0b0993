// What tests do with snapshots.

import fc from 'fast-check';

/** All of a snapshot, in one piece. */
export function bytesOf(snapshot: Iterable<Uint8Array>): Buffer {
  return Buffer.concat([...snapshot]);
}

/** Sizes of pieces: tiny ones, some that hold a few records, empty ones in between. */
export const pieceSizes: fc.Arbitrary<readonly number[]> = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 50_000 }), fc.constant(0)),
  { minLength: 1, maxLength: 8 },
);

/** The bytes in pieces of these sizes, over and over, and then the rest. */
export async function* inPieces(bytes: Uint8Array, sizes: readonly number[] = []): AsyncGenerator<Uint8Array> {
  const roundBytes = sizes.reduce((sum, size) => sum + size, 0);
  let at = 0;
  while (roundBytes > 0 && at < bytes.length) {
    for (const size of sizes) {
      // Memory of its own, which is somebody else's afterwards, as that of a source may be.
      const piece = Uint8Array.from(bytes.subarray(at, at + size));
      yield piece;
      piece.fill(0xee);
      at += size;
    }
  }
  if (at < bytes.length) yield bytes.subarray(at);
}
