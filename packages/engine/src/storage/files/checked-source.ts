// TsFiles have no checksums. Beside each lies a list of those of its blocks, and nothing of a block is given to anybody
// before the block has been found to be what was written.

import type { ByteSink, ByteSource } from '@balsa/tsfile';
import { crc32c } from '@balsa/wire';
import { StorageError } from '../errors.ts';
import type { BlockCache } from './block-cache.ts';

/** One checksum for so many bytes: what a small read costs at least. */
const checkedBlockBytes = 8192;
/** Reads of more blocks are of data, and are not worth remembering. */
const cachedBlocksMax = 4;
/**
 * Small reads come side by side: of the chunks of a device, of the nodes of an index. A trip to the disk costs more than
 * what lies next to what was asked for.
 */
const readAheadBlocks = 8;

/** How many checksums a file of this size has. */
export function checkedBlocks(sizeBytes: number): number {
  return Math.ceil(sizeBytes / checkedBlockBytes);
}

/** Passes bytes on, and takes the checksums of blocks and of the whole. */
export class ChecksumSink implements ByteSink {
  readonly #sink: ByteSink;
  readonly #blocks: number[] = [];
  #block = 0;
  #blockBytes = 0;
  #whole = 0;
  #sizeBytes = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** CRC-32C of all bytes so far. */
  get checksum(): number {
    return this.#whole;
  }

  /** CRC-32C of each block, the last one included though it may be shorter. */
  blockChecksums(): Uint32Array {
    return Uint32Array.from(this.#blockBytes > 0 ? [...this.#blocks, this.#block] : this.#blocks);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#whole = crc32c(bytes, this.#whole);
    this.#sizeBytes += bytes.length;
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + checkedBlockBytes - this.#blockBytes);
      this.#block = crc32c(bytes.subarray(from, to), this.#block);
      this.#blockBytes += to - from;
      from = to;
      if (this.#blockBytes < checkedBlockBytes) continue;
      this.#blocks.push(this.#block);
      this.#block = 0;
      this.#blockBytes = 0;
    }
    await this.#sink.write(bytes);
  }

  finish(): Promise<void> {
    return this.#sink.finish();
  }

  abort(): Promise<void> {
    return this.#sink.abort();
  }
}

/** Reads whole blocks, and checks them. Rejects with STORAGE_DAMAGED. */
export class CheckedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #file: string;
  readonly #blocks: Uint32Array;
  readonly #cache: BlockCache;

  /**
   * @param file its name, which no other file that uses the cache has.
   * @param blocks as many as the source has: see `checkedBlocks`.
   */
  constructor(source: ByteSource, file: string, blocks: Uint32Array, cache: BlockCache) {
    this.#source = source;
    this.#file = file;
    this.#blocks = blocks;
    this.#cache = cache;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  async read(offset: number, count: number): Promise<Uint8Array> {
    if (offset < 0 || offset + count > this.sizeBytes) {
      throw new RangeError(`bytes ${offset} to ${offset + count} are not there`);
    }
    const first = Math.floor(offset / checkedBlockBytes);
    const end = Math.ceil((offset + count) / checkedBlockBytes);
    const bytes = end - first > cachedBlocksMax ? await this.#readBlocks(first, end) : await this.#cached(first, end);
    const start = first * checkedBlockBytes;
    return bytes.subarray(offset - start, offset - start + count);
  }

  async #cached(first: number, end: number): Promise<Uint8Array> {
    const blocks: Uint8Array[] = [];
    while (first + blocks.length < end) {
      const next = first + blocks.length;
      const known = this.#cache.get(this.#file, next);
      if (known !== undefined) blocks.push(known);
      else blocks.push(...(await this.#readAhead(next)).slice(0, end - next));
    }
    return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
  }

  async #readAhead(first: number): Promise<Uint8Array[]> {
    const end = Math.min(first + readAheadBlocks, this.#blocks.length);
    const bytes = await this.#readBlocks(first, end);
    const blocks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += checkedBlockBytes) {
      // A view would hold the memory of all of them.
      const block = Uint8Array.from(bytes.subarray(at, at + checkedBlockBytes));
      this.#cache.set(this.#file, first + blocks.length, block);
      blocks.push(block);
    }
    return blocks;
  }

  async #readBlocks(first: number, end: number): Promise<Uint8Array> {
    const start = first * checkedBlockBytes;
    const bytes = await this.#source.read(start, Math.min(this.sizeBytes, end * checkedBlockBytes) - start);
    this.#check(bytes, first, start);
    return bytes;
  }

  #check(bytes: Uint8Array, firstBlock: number, start: number): void {
    for (let at = 0, block = firstBlock; at < bytes.length; at += checkedBlockBytes, block++) {
      if (crc32c(bytes.subarray(at, at + checkedBlockBytes)) === this.#blocks[block]) continue;
      const place = `${this.#file} is not what was written there, from byte ${start + at} on`;
      throw new StorageError('STORAGE_DAMAGED', place, { file: this.#file });
    }
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
