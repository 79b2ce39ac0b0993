// The libraries that compress pages, behind one interface.

import { gunzipSync, gzipSync } from 'node:zlib';
import { compressSync as lz4Compress, uncompressSync as lz4Uncompress } from 'lz4-napi';
import { compressSync as snappyCompress, uncompressSync as snappyUncompress } from 'snappy';
import type { Codec } from './codec.ts';
import { Compression } from './compression.ts';
import { isNearlyLiteral, uncompressNearlyLiteral } from './lz4-block.ts';
import { loadZstd } from './zstd.ts';

const uncompressed: Codec = {
  compress: (bytes) => bytes,
  uncompress: (bytes) => bytes,
};

const gzip: Codec = {
  compress: (bytes) => gzipSync(bytes),
  uncompress: (bytes, size) => gunzipSync(bytes, { maxOutputLength: size }),
};

const snappy: Codec = {
  compress: (bytes) => snappyCompress(bytes),
  uncompress(bytes, size) {
    if (snappySize(bytes) !== size) throw new Error('the block has another size');
    return snappyUncompress(bytes, { asBuffer: true }) as Buffer;
  },
};

const lz4SizeBytes = 4;

/** The library puts the size before a block, and wants it there. */
export const lz4: Codec = {
  compress: (bytes) => lz4Compress(bytes).subarray(lz4SizeBytes),
  uncompress(bytes, size) {
    if (isNearlyLiteral(bytes, size)) return uncompressNearlyLiteral(bytes, size);
    const sized = Buffer.allocUnsafe(lz4SizeBytes + bytes.length);
    sized.writeUInt32LE(size);
    bytes.copy(sized, lz4SizeBytes);
    return lz4Uncompress(sized);
  },
};

/** Loads what a compression needs: once, and only if it is used. */
export async function loadCodec(compression: Compression): Promise<Codec> {
  return codecAtHand(compression) ?? loadZstd();
}

/** `undefined`: it has to be loaded. */
export function codecAtHand(compression: Compression): Codec | undefined {
  switch (compression) {
    case Compression.UNCOMPRESSED:
      return uncompressed;
    case Compression.SNAPPY:
      return snappy;
    case Compression.GZIP:
      return gzip;
    case Compression.LZ4:
      return lz4;
    case Compression.ZSTD:
      return undefined;
  }
}

/** A block begins with its uncompressed size, seven bits a byte, the low ones first. */
function snappySize(bytes: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i] ?? 0;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return size;
}
