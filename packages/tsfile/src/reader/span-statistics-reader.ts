// Finds the statistics of spans of a chunk: see layout/span-statistics.ts.

import { awaited, type Steps } from '../at-once.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { lz4 } from '../compression/load-codec.ts';
import { TsFileError } from '../errors.ts';
import type { ByteSource } from '../io/ports.ts';
import type { ChunkMetadata, SeriesMetadata } from '../layout/series-metadata.ts';
import {
  directoryEntryBytes,
  isNumeric,
  type KnownRows,
  readSpanRecord,
  type SpanSection,
  type SpanStatistics,
} from '../layout/span-statistics.ts';
import type { TsFileLimits } from '../limits.ts';
import { RecentParts } from './recent-parts.ts';

interface Directory {
  /** Of the first chunk of each block, ascending. */
  readonly chunkOffsets: Float64Array;
  /** One more than there are: where the last block ends. */
  readonly blockOffsets: Float64Array;
}

/** Records by where the headers of their chunks lie. */
type Block = ReadonlyMap<number, Buffer>;

const sizeBytes = 4;

export class SpanStatisticsReader {
  readonly #source: ByteSource;
  readonly #section: SpanSection;
  readonly #limits: TsFileLimits;
  #directory: Directory | undefined;
  /** Chunks of a series, and of its neighbours, lie and are asked for side by side. */
  readonly #blocks = new RecentParts<Block>();
  /** Neighbours mostly have the same rows. */
  #recentRows: KnownRows | undefined;

  constructor(source: ByteSource, section: SpanSection, limits: TsFileLimits) {
    this.#source = source;
    this.#section = section;
    this.#limits = limits;
  }

  /** `undefined` if the chunk has none. @throws TsFileError TSFILE_DAMAGED, TSFILE_TRUNCATED, TSFILE_OVER_LIMITS. */
  *of({ dataType }: SeriesMetadata, { offset, statistics }: ChunkMetadata): Steps<SpanStatistics | undefined> {
    if (!isNumeric(dataType)) return undefined;
    this.#directory ??= yield* awaited(this.#readDirectory());
    const { chunkOffsets, blockOffsets } = this.#directory;
    const at = lastNotAfter(chunkOffsets, offset);
    if (at < 0) return undefined;
    const from = blockOffsets[at]!;
    const bytes = blockOffsets[at + 1]! - from;
    const block =
      this.#blocks.atHand(from) ?? (yield* awaited(this.#blocks.get(from, bytes, () => this.#readBlock(from, bytes))));
    const record = block.get(offset);
    if (record === undefined) return undefined;
    const read = readSpanRecord(dataType, statistics, insideBlock(record, from), this.#limits, this.#recentRows);
    this.#recentRows = read.rows;
    return read.statistics;
  }

  async #readDirectory(): Promise<Directory> {
    const { blocks, directoryOffset } = this.#section;
    const source = new ByteReader(await this.#read(directoryOffset, blocks * directoryEntryBytes), {
      offset: directoryOffset,
    });
    const chunkOffsets = new Float64Array(blocks);
    const blockOffsets = new Float64Array(blocks + 1);
    for (let i = 0; i < blocks; i++) {
      chunkOffsets[i] = Number(source.i64());
      blockOffsets[i] = Number(source.i64());
    }
    blockOffsets[blocks] = directoryOffset;
    const isInOrder = ascends(chunkOffsets) && ascends(blockOffsets) && chunkOffsets[0]! >= 0;
    if (isInOrder && blockOffsets[0]! > chunkOffsets[blocks - 1]!) return { chunkOffsets, blockOffsets };
    throw new TsFileError('TSFILE_DAMAGED', 'the directory of statistics of spans is out of order', {
      offset: directoryOffset,
    });
  }

  async #readBlock(offset: number, bytes: number): Promise<Block> {
    const source = new ByteReader(await this.#read(offset, bytes), { offset });
    const size = source.i32();
    if (size < 0) throw source.damaged('a block of statistics of spans has a negative size');
    this.#checkSize(size, offset);
    const records = new Map<number, Buffer>();
    // What a codec gives only holds until its next call.
    const inside = insideBlock(Buffer.from(uncompress(source.raw(bytes - sizeBytes), size, offset)), offset);
    while (inside.remaining > 0) records.set(Number(inside.i64()), inside.raw(inside.uvarint()));
    return records;
  }

  async #read(offset: number, bytes: number): Promise<Uint8Array> {
    this.#checkSize(bytes, offset);
    return this.#source.read(offset, bytes);
  }

  #checkSize(bytes: number, offset: number): void {
    const { indexBytesMax } = this.#limits;
    if (bytes <= indexBytesMax) return;
    const message = `statistics of spans of ${bytes} bytes are over the limit of ${indexBytesMax}`;
    throw new TsFileError('TSFILE_OVER_LIMITS', message, { offset });
  }
}

function insideBlock(bytes: Uint8Array, offset: number): ByteReader {
  return new ByteReader(bytes, { offset, isInsidePage: true });
}

function uncompress(bytes: Buffer, size: number, offset: number): Uint8Array {
  let uncompressed: Uint8Array | undefined;
  try {
    uncompressed = lz4.uncompress(bytes, size);
  } catch (error) {
    throw new TsFileError('TSFILE_DAMAGED', 'a block of statistics of spans cannot be uncompressed', {
      offset,
      cause: error,
    });
  }
  if (uncompressed.length === size) return uncompressed;
  throw new TsFileError('TSFILE_DAMAGED', 'a block of statistics of spans has another size than it says', { offset });
}

/** The last of some ascending numbers that is not above another; -1 if there is none. */
function lastNotAfter(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function ascends(numbers: Float64Array): boolean {
  for (let i = 1; i < numbers.length; i++) if (!(numbers[i - 1]! < numbers[i]!)) return false;
  return true;
}
