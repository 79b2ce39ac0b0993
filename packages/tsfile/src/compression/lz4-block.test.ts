import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compression } from './compression.ts';
import { loadCodec } from './load-codec.ts';
import { isNearlyLiteral, uncompressNearlyLiteral } from './lz4-block.ts';

/** Noise with some repetitions in it, as pages of numbers have: short and long ones, and such as reach into themselves. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.integer({ min: 2, max: 60 })).map(([unit, times]) => {
        return Uint8Array.from({ length: unit.length * times }, (_, i) => unit[i % unit.length]!);
      }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));

describe('a block of LZ4', () => {
  it('that the library has made is what it was made of', async () => {
    const codec = await loadCodec(Compression.LZ4);
    fc.assert(
      fc.property(bytes, (given) => {
        const block = codec.compress(given);
        expect(Buffer.from(uncompressNearlyLiteral(block, given.length)).equals(given)).toBe(true);
        expect(Buffer.from(codec.uncompress(Buffer.from(block), given.length)).equals(given)).toBe(true);
        for (const size of [given.length - 1, given.length + 1]) {
          expect(() => uncompressNearlyLiteral(block, size)).toThrow('another size');
        }
      }),
    );
  });

  it('that is damaged is refused, or has the size that was asked for', async () => {
    const codec = await loadCodec(Compression.LZ4);
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (given, at, bits, cut) => {
        const block = Buffer.from(codec.compress(given));
        block[at % block.length]! ^= bits;
        const damaged = cut % 2 === 0 ? block : block.subarray(0, cut % block.length);
        let size = given.length;
        try {
          size = uncompressNearlyLiteral(damaged, given.length).length;
        } catch (error) {
          expect(String(error)).toMatch(/no block of LZ4/);
        }
        expect(size).toBe(given.length);
      }),
    );
  });

  it('of which much is made, or that is large, is left to the library', () => {
    expect(isNearlyLiteral(new Uint8Array(1000), 1500)).toBe(true);
    expect(isNearlyLiteral(new Uint8Array(1000), 1501)).toBe(false);
    expect(isNearlyLiteral(new Uint8Array(100_000), 65_537)).toBe(false);
  });
});
