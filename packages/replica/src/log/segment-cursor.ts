// Walks over the records of one segment file, block after block, loading it in chunks.

import type { Batch, GroupId } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import { openRecord, recordHeaderBytes } from '../record.ts';
import { alignToSector, blockHeaderBytes, decodeBlockHeader } from './layout.ts';
import type { Segment } from './segment.ts';
import type { RecordLocation } from './span-index.ts';

export class SegmentCursor {
  readonly #segment: Segment;
  readonly #chunkBytes: number;
  /** In the file: of the record at hand, or, if it equals `#recordsEnd`, behind the last record of a block. */
  #offset: number;
  #recordsEnd: number;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkStart = 0;
  #neededBytes = 0;

  constructor(segment: Segment, location: RecordLocation, chunkBytes: number) {
    this.#segment = segment;
    this.#chunkBytes = chunkBytes;
    this.#offset = location.offset;
    this.#recordsEnd = location.recordsEnd;
  }

  jumpTo(location: RecordLocation): void {
    this.#offset = location.offset;
    this.#recordsEnd = location.recordsEnd;
  }

  /** The group of the record at hand; `undefined` if `load` must come first. */
  group(): GroupId | undefined {
    if (this.#offset === this.#recordsEnd && !this.#enterBlock()) return undefined;
    if (!this.#has(recordHeaderBytes)) return undefined;
    const length = this.#recordBytes();
    if (length < recordHeaderBytes || this.#offset + length > this.#recordsEnd) {
      throw this.damaged('the length of a record is damaged');
    }
    return this.#chunk.readUInt32LE(this.#offset - this.#chunkStart + 12);
  }

  /** The record at hand, checked; `undefined` if `load` must come first. */
  batch(): Batch | undefined {
    if (!this.#has(this.#recordBytes())) return undefined;
    try {
      return openRecord(this.#chunk, this.#offset - this.#chunkStart).batch;
    } catch (error) {
      throw this.damaged('a record is damaged', error);
    }
  }

  skip(): void {
    this.#offset += this.#recordBytes();
  }

  /** Loads what was missing. The chunk is new memory each time: batches are views of it. */
  async load(): Promise<void> {
    const leftBytes = this.#segment.writtenBytes - this.#offset;
    const chunk = Buffer.allocUnsafe(Math.max(0, Math.min(leftBytes, Math.max(this.#neededBytes, this.#chunkBytes))));
    const got = await this.#segment.file.read(chunk, this.#offset);
    if (got < this.#neededBytes) throw this.damaged('the file ends too early');
    this.#chunk = chunk.subarray(0, got);
    this.#chunkStart = this.#offset;
  }

  damaged(what: string, cause?: unknown): ReplicaError {
    const place = `${this.#segment.path}, offset ${this.#offset}`;
    return new ReplicaError('LOG_DAMAGED', `log damaged at ${place}: ${what}`, { cause });
  }

  /** Moves on to the first record of the next block, over blocks without records. */
  #enterBlock(): boolean {
    while (this.#offset === this.#recordsEnd) {
      this.#offset = alignToSector(this.#offset);
      this.#recordsEnd = this.#offset;
      if (!this.#has(blockHeaderBytes)) return false;
      const header = decodeBlockHeader(this.#chunk, this.#offset - this.#chunkStart, this.#offset);
      if (header?.segmentId !== this.#segment.id) throw this.damaged('a block header is damaged');
      this.#offset += blockHeaderBytes;
      this.#recordsEnd = this.#offset + header.recordsBytes;
    }
    return true;
  }

  #recordBytes(): number {
    return this.#chunk.readUInt32LE(this.#offset - this.#chunkStart);
  }

  #has(bytes: number): boolean {
    this.#neededBytes = bytes;
    return this.#offset >= this.#chunkStart && this.#offset + bytes <= this.#chunkStart + this.#chunk.length;
  }
}
