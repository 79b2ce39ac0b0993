import type { ByteSource } from '@balsa/tsfile';
import { crc32c } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise } from '../testing/bulk.ts';
import { BlockCache } from './block-cache.ts';
import { CheckedSource } from './checked-source.ts';

const blockBytes = 8192;
const content = Uint8Array.from({ length: 40 * blockBytes + 1000 }, (_, i) => noise(i));
const checksums = Uint32Array.from({ length: 41 }, (_, i) => {
  return crc32c(content.subarray(i * blockBytes, (i + 1) * blockBytes));
});

class CountedSource implements ByteSource {
  readonly sizeBytes: number = content.length;
  reads = 0;

  async read(offset: number, count: number): Promise<Uint8Array> {
    this.reads++;
    return content.slice(offset, offset + count);
  }

  async close(): Promise<void> {}
}

function open(cacheBytes: number) {
  const source = new CountedSource();
  return { source, checked: new CheckedSource(source, 'f', checksums, new BlockCache(cacheBytes)) };
}

describe('a file whose blocks are checked', () => {
  it('gives what is there, wherever it lies', async () => {
    const { checked } = open(1 << 20);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length), fc.nat(200_000), async (offset, wanted) => {
        const count = Math.min(wanted, content.length - offset);
        const bytes = await checked.read(offset, count);
        expect(Buffer.compare(bytes, content.subarray(offset, offset + count))).toBe(0);
      }),
    );
    await expect(checked.read(content.length - 1, 2)).rejects.toThrow(RangeError);
  });

  it('is read once for all who read side by side, whether what was read is kept or not', async () => {
    for (const cacheBytes of [0, 1 << 20]) {
      const { source, checked } = open(cacheBytes);
      await Promise.all([0, 5000, 30_000, 65_000].map((offset) => checked.read(offset, 500)));
      expect(source.reads).toBe(1);
      await checked.read(10_000, 500);
      expect(source.reads).toBe(cacheBytes === 0 ? 2 : 1);
    }
  });

  it('tells whoever goes on to read that it was closed, whatever the system would say', async () => {
    const { source, checked } = open(0);
    source.read = () => Promise.reject(Object.assign(new Error('EBADF'), { code: 'EBADF' }));
    await checked.close();
    for (const count of [500, 200_000]) {
      await expect(checked.read(0, count)).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
    }
  });
});
