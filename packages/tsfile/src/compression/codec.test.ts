import { describe, expect, it } from 'vitest';
import { Compression, compressionName, compressions } from './compression.ts';
import { loadCodec } from './load-codec.ts';

const bytes = Buffer.from('a text, a text, and again a text. '.repeat(200));

describe.each(compressions.map((compression) => ({ compression, name: compressionName(compression) })))(
  '$name',
  ({ compression }) => {
    it('gives back what it was given', async () => {
      const codec = await loadCodec(compression);
      const compressed = Buffer.from(codec.compress(bytes));
      expect(compressed.length < bytes.length).toBe(compression !== Compression.UNCOMPRESSED);
      expect(Buffer.from(codec.uncompress(compressed, bytes.length)).equals(bytes)).toBe(true);
    });

    it('never gives the size that was asked for, if that is not the size', async () => {
      const codec = await loadCodec(compression);
      const compressed = Buffer.from(codec.compress(bytes));
      for (const size of [1, bytes.length - 1, bytes.length + 1]) {
        let given: number | undefined;
        try {
          given = codec.uncompress(compressed, size).length;
        } catch {
          given = undefined;
        }
        expect(given).not.toBe(size);
      }
    });
  },
);

describe('what a block or frame says of its size', () => {
  it.each([Compression.SNAPPY, Compression.ZSTD])('is looked at before memory is taken: %i', async (compression) => {
    const codec = await loadCodec(compression);
    const compressed = Buffer.from(codec.compress(bytes));
    expect(() => codec.uncompress(compressed, bytes.length - 1)).toThrow('has another size');
  });

  it.each([
    // Frames of zstd whose head gives the size in one byte, in two, in four, in eight, and not at all.
    ['28b52ffd2005290000', 5],
    ['28b52ffd6000000000', 256],
    ['28b52ffda0000000010000', 1 << 24],
    ['28b52ffde000000000010000000000', 2 ** 32],
  ])('%s', async (head, size) => {
    const codec = await loadCodec(Compression.ZSTD);
    expect(() => codec.uncompress(Buffer.from(head, 'hex'), size + 1)).toThrow('has another size');
    // The size is right, the rest is none of a frame.
    if (size < 1 << 16) expect(() => codec.uncompress(Buffer.from(head, 'hex'), size)).not.toThrow('has another size');
  });

  it('that is not there is no reason to refuse a frame', async () => {
    const codec = await loadCodec(Compression.ZSTD);
    // Made by `zstd --no-content-size`: "hello".
    const frame = Buffer.from('28b52ffd005829000068656c6c6f', 'hex');
    expect(Buffer.from(codec.uncompress(frame, 5)).toString()).toBe('hello');
  });

  it.each(['', '28b52f', '00112233445566'])('%j is no frame', async (text) => {
    const codec = await loadCodec(Compression.ZSTD);
    expect(() => codec.uncompress(Buffer.from(text, 'hex'), 5)).toThrow();
  });
});
