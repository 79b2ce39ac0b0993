// Gathers the statistics of spans of every chunk that has them, and writes them behind the data: see layout/span-statistics.ts.

import { ByteWriter } from '../bytes/byte-writer.ts';
import { lz4 } from '../compression/load-codec.ts';
import type { Encoding } from '../encoding.ts';
import {
  directoryEntryBytes,
  type NumericType,
  spanSectionHeadBytes,
  writeSpanRecord,
  writeSpanSectionHead,
} from '../layout/span-statistics.ts';
import type { Statistics } from '../layout/statistics.ts';
import type { FileOutput } from './file-output.ts';

/** Uncompressed. Records of neighbours are much alike: some dozens together take half the space. */
const blockBytes = 16 * 1024;

interface Block {
  readonly chunkOffset: number;
  /** Among all blocks. */
  readonly start: number;
}

export class SpanStatisticsWriter {
  readonly #record = new ByteWriter();
  readonly #block = new ByteWriter();
  readonly #bytes = new ByteWriter();
  readonly #blocks: Block[] = [];
  #firstChunk = 0;

  /** Behind those before, as chunks lie. @param pages of each page its spans. */
  add(chunkOffset: number, type: NumericType, encoding: Encoding, pages: readonly (readonly Statistics[])[]): void {
    this.#record.clear();
    writeSpanRecord(type, encoding, pages, this.#record);
    if (this.#block.length === 0) this.#firstChunk = chunkOffset;
    this.#block.i64(BigInt(chunkOffset));
    this.#block.uvarint(this.#record.length);
    this.#block.raw(this.#record.written());
    if (this.#block.length >= blockBytes) this.#endBlock();
  }

  /** Nothing, if there is nothing. */
  async write(output: FileOutput): Promise<void> {
    if (this.#block.length > 0) this.#endBlock();
    if (this.#blocks.length === 0) return;
    const blocksOffset = output.position + spanSectionHeadBytes;
    const directoryOffset = blocksOffset + this.#bytes.length;
    const { pending } = output;
    writeSpanSectionHead({ blocks: this.#blocks.length, directoryOffset }, pending);
    pending.raw(this.#bytes.written());
    pending.reserve(directoryEntryBytes * this.#blocks.length);
    for (const { chunkOffset, start } of this.#blocks) {
      pending.i64(BigInt(chunkOffset));
      pending.i64(BigInt(blocksOffset + start));
    }
    await output.drain();
  }

  #endBlock(): void {
    this.#blocks.push({ chunkOffset: this.#firstChunk, start: this.#bytes.length });
    this.#bytes.i32(this.#block.length);
    this.#bytes.raw(lz4.compress(this.#block.written()));
    this.#block.clear();
  }
}
