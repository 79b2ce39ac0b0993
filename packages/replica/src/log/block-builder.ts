import type { LogRecord } from '../record.ts';
import {
  blockBytes,
  blockHeaderBytes,
  checksumOfRecords,
  encodeBlockHeader,
  type UnsealedBlockHeader,
} from './layout.ts';

const initialBytes = 64 * 1024;

/**
 * Puts a block together in one staging buffer that is used again and again: one copy and one write cost less than a
 * writev of many pieces, and memory touched for the first time is dear in a virtual machine (reference/limits.md).
 */
export class BlockBuilder {
  readonly #stagingBytesMax: number;
  #staging: Buffer = Buffer.alloc(initialBytes);

  constructor(stagingBytesMax: number) {
    this.#stagingBytesMax = stagingBytesMax;
  }

  /** The block's bytes, valid until the next call. */
  build(header: UnsealedBlockHeader, items: readonly { readonly record: LogRecord }[]): Buffer {
    const block = this.#reserve(blockBytes(header.recordsBytes));
    encodeBlockHeader(block, { ...header, recordsChecksum: checksumOfRecords(items) });
    let at = blockHeaderBytes;
    for (const { record } of items) {
      block.set(record.bytes, at);
      at += record.bytes.length;
    }
    block.fill(0, at);
    return block;
  }

  #reserve(bytes: number): Buffer {
    // One record may be larger than any block should be; its memory is not kept.
    if (bytes > this.#stagingBytesMax) return Buffer.allocUnsafe(bytes);
    let stagingBytes = this.#staging.length;
    while (stagingBytes < bytes) stagingBytes *= 2;
    if (stagingBytes > this.#staging.length) this.#staging = Buffer.allocUnsafe(stagingBytes);
    return this.#staging.subarray(0, bytes);
  }
}
