// TsFiles have no checksums. Beside each lies a list of those of its blocks, and nothing of a block is given to anybody
// before the block has been found to be what was written.

import type { ByteSink, ByteSource } from '@balsa/tsfile';
import { crc32c } from '@balsa/wire';
import { StorageError } from '../errors.ts';
import type { BlockCache } from './block-cache.ts';

/** One checksum for so many bytes: what a small read costs at least. */
const checkedBlockBytes = 8192;
/**
 * Small reads come side by side: of the chunks of a device, of the nodes of an index. A trip to the disk costs more than what lies
 * next to what was asked for, so blocks are read in groups, and remembered.
 */
const groupBlocks = 8;
const groupBytes = groupBlocks * checkedBlockBytes;

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

/** Reads whole blocks, and checks them. Rejects with STORAGE_DAMAGED, STORAGE_CLOSED. */
export class CheckedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #file: string;
  readonly #blocks: Uint32Array;
  readonly #cache: BlockCache;
  /** Groups that are under way. */
  readonly #reading = new Map<number, Promise<Uint8Array>>();
  #isClosed = false;

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
    this.#checkRange(offset, count);
    if (count === 0) return new Uint8Array(0);
    if (count > groupBytes) return this.#readThrough(offset, count);
    const { first, last, start } = groupsOf(offset, count);
    const group = await this.#group(first);
    return partOf(group, first === last ? undefined : await this.#group(last), start, count);
  }

  /** What was read and checked before, and is still remembered. */
  atHand(offset: number, count: number): Uint8Array | undefined {
    this.#checkRange(offset, count);
    if (count === 0 || count > groupBytes) return undefined;
    const { first, last, start } = groupsOf(offset, count);
    const group = this.#cache.get(this.#file, first);
    const rest = first === last ? undefined : this.#cache.get(this.#file, last);
    if (group === undefined || (first !== last && rest === undefined)) return undefined;
    return partOf(group, rest, start, count);
  }

  #checkRange(offset: number, count: number): void {
    if (offset < 0 || offset + count > this.sizeBytes) {
      throw new RangeError(`bytes ${offset} to ${offset + count} are not there`);
    }
  }

  /** Large reads are of data, and are not worth remembering. */
  async #readThrough(offset: number, count: number): Promise<Uint8Array> {
    const first = Math.floor(offset / checkedBlockBytes);
    const bytes = await this.#readBlocks(first, Math.ceil((offset + count) / checkedBlockBytes));
    const start = offset - first * checkedBlockBytes;
    return bytes.subarray(start, start + count);
  }

  async #group(group: number): Promise<Uint8Array> {
    const known = this.#cache.get(this.#file, group);
    if (known !== undefined) return known;
    // Whoever reads beside others mostly reads what lies beside theirs.
    let reading = this.#reading.get(group);
    if (reading === undefined) {
      reading = this.#readGroup(group).finally(() => this.#reading.delete(group));
      this.#reading.set(group, reading);
    }
    return reading;
  }

  async #readGroup(group: number): Promise<Uint8Array> {
    const first = group * groupBlocks;
    const bytes = await this.#readBlocks(first, Math.min(first + groupBlocks, this.#blocks.length));
    this.#cache.set(this.#file, group, bytes);
    return bytes;
  }

  async #readBlocks(first: number, end: number): Promise<Uint8Array> {
    if (this.#isClosed) throw new StorageError('STORAGE_CLOSED', `${this.#file} was closed`);
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
    this.#isClosed = true;
    return this.#source.close();
  }
}

/** In which groups a range lies, and where it begins in the first. */
function groupsOf(offset: number, count: number): { first: number; last: number; start: number } {
  const first = Math.floor(offset / groupBytes);
  return { first, last: Math.floor((offset + count - 1) / groupBytes), start: offset - first * groupBytes };
}

/** `count` bytes of a group from `start` on, which may reach into the next one. */
function partOf(group: Uint8Array, next: Uint8Array | undefined, start: number, count: number): Uint8Array {
  if (next === undefined) return group.subarray(start, start + count);
  return Buffer.concat([group.subarray(start), next.subarray(0, start + count - groupBytes)]);
}
