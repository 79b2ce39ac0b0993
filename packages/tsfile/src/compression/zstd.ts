// Zstandard. Node has it from 22.15 on; a WebAssembly build of the original serves all versions.

import { compress, decompress, init } from '@bokuweb/zstd-wasm';
import type { Codec } from './codec.ts';

/** That of Java's writers. */
const level = 3;

const zstd: Codec = {
  compress: (bytes) => compress(bytes, level),
  uncompress(bytes, size) {
    const announced = frameContentBytes(bytes);
    // The library would take the memory that the frame asks for.
    if (announced !== undefined && announced !== size) throw new Error('the frame has another size');
    return decompress(bytes, { defaultHeapSize: size });
  },
};

let loading: Promise<Codec> | undefined;

export function loadZstd(): Promise<Codec> {
  loading ??= init().then(() => zstd);
  return loading;
}

const frameMagic = 0xfd2fb528;
const singleSegmentBit = 0x20;
const dictionaryIdBytes = [0, 1, 2, 4];

/**
 * What the head of a frame says of its uncompressed size (RFC 8878, section 3.1.1.1): optional.
 * Throws unless it is the head of a frame.
 */
function frameContentBytes(bytes: Buffer): number | undefined {
  if (bytes.readUInt32LE(0) !== frameMagic) throw new Error('the page does not begin as a frame of zstd does');
  const descriptor = bytes.readUInt8(4);
  const isSingleSegment = (descriptor & singleSegmentBit) !== 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + (dictionaryIdBytes[descriptor & 3] ?? 0);
  switch (descriptor >>> 6) {
    case 0:
      return isSingleSegment ? bytes.readUInt8(at) : undefined;
    case 1:
      return bytes.readUInt16LE(at) + 256;
    case 2:
      return bytes.readUInt32LE(at);
    default:
      return Number(bytes.readBigUInt64LE(at));
  }
}
