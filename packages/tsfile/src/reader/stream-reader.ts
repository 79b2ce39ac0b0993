// Reads a file from front to back, as it comes: from a pipe, a socket, an object store. One chunk is in memory at a time,
// and the times that aligned series share.

import { ByteReader } from '../bytes/byte-reader.ts';
import type { Column } from '../column.ts';
import type { Compression } from '../compression/compression.ts';
import type { DataType } from '../data-type.ts';
import type { Encoding } from '../encoding.ts';
import { TsFileError } from '../errors.ts';
import { type ChunkHeader, chunkHeaderBytesMax, isChunkMarker, readChunkHeader } from '../layout/chunk-header.ts';
import { type DeviceId, readDevice } from '../layout/device-id.ts';
import { readFileMetadata } from '../layout/file-metadata.ts';
import { headBytes, readHead, type TsFileVersion, tailBytes } from '../layout/magic.ts';
import { Marker } from '../layout/markers.ts';
import { limitsWith, type TsFileLimits } from '../limits.ts';
import { ByteQueue } from './byte-queue.ts';
import { checkEncryption, metadataOffsetOf } from './open-file.ts';
import { decodePlainPage, decodeTimePage, decodeValuePage } from './page-decoder.ts';
import { type StoredChunk, storedChunk } from './stored-chunk.ts';

/** The rows of a page. */
export interface StreamedBlock {
  readonly times: BigInt64Array;
  /** Absent if no row has a value, which only aligned series can have. */
  readonly column: Column | undefined;
}

/** A chunk of one series. */
export interface StreamedChunk {
  readonly device: DeviceId;
  readonly measurement: string;
  readonly dataType: DataType;
  readonly encoding: Encoding;
  readonly compression: Compression;
  /** It shares its times with the device's other series. */
  readonly isAligned: boolean;
  /** Decoded one by one, whenever they are asked for. @throws TsFileError. */
  readonly blocks: Iterable<StreamedBlock>;
}

/**
 * Reads all chunks in the order of the file, then checks its end.
 * @param bytes the file, cut anywhere.
 * @throws TsFileError where something is wrong; TSFILE_TRUNCATED if the file ends too early.
 */
export async function* readTsFileStream(
  bytes: AsyncIterable<Uint8Array>,
  limits: Partial<TsFileLimits> = {},
): AsyncGenerator<StreamedChunk, void> {
  const queue = new ByteQueue(bytes);
  try {
    yield* new StreamReader(queue, limitsWith(limits)).chunks();
  } finally {
    await queue.close();
  }
}

const planIndexBytes = 16;

class StreamReader {
  readonly #queue: ByteQueue;
  readonly #limits: TsFileLimits;
  #version: TsFileVersion = 4;
  #device: DeviceId | undefined;
  /** Of the last time chunk: what the value chunks behind it belong to. */
  #times: BigInt64Array[] = [];

  constructor(queue: ByteQueue, limits: TsFileLimits) {
    this.#queue = queue;
    this.#limits = limits;
  }

  async *chunks(): AsyncGenerator<StreamedChunk, void> {
    this.#version = readHead(await this.#queue.take(headBytes));
    for (;;) {
      const { offset } = this.#queue;
      const marker = (await this.#queue.take(1)).u8();
      if (marker === Marker.SEPARATOR) {
        await this.#readEnd(offset);
        return;
      }
      if (marker === Marker.CHUNK_GROUP) await this.#beginGroup();
      else if (marker === Marker.OPERATION_INDEX_RANGE) await this.#queue.take(planIndexBytes);
      else if (marker === Marker.VERSION) await this.#queue.take(planIndexBytes / 2);
      else if (isChunkMarker(marker)) {
        const chunk = await this.#readChunk(marker, offset);
        if (chunk !== undefined) yield chunk;
      } else throw new TsFileError('TSFILE_DAMAGED', `marker ${marker} means nothing`, { offset });
    }
  }

  async #beginGroup(): Promise<void> {
    const { nameBytesMax } = this.#limits;
    this.#device = await this.#queue.parse(4 * nameBytesMax, (source) =>
      readDevice(this.#version, source, nameBytesMax),
    );
    this.#times = [];
  }

  async #readChunk(marker: number, offset: number): Promise<StreamedChunk | undefined> {
    const device = this.#device;
    if (device === undefined) throw new TsFileError('TSFILE_DAMAGED', 'a chunk belongs to no device', { offset });
    const header = await this.#queue.parse(this.#limits.nameBytesMax + chunkHeaderBytesMax + 5, (source) =>
      readChunkHeader(source, this.#limits, marker),
    );
    const pages = await this.#queue.take(header.pagesBytes);
    const chunk = await storedChunk(header, offset, pages, undefined, this.#limits);
    if (header.role === 'time') {
      this.#times = this.#decodeTimes(chunk);
      return undefined;
    }
    const blocks = header.role === 'plain' ? plainBlocks(chunk) : this.#valueBlocks(chunk);
    return { device, ...describe(header), blocks };
  }

  #decodeTimes(chunk: StoredChunk): BigInt64Array[] {
    const { chunkRowsMax } = this.#limits;
    let rows = 0;
    return chunk.pages.map((page) => {
      const times = decodeTimePage(page, chunk);
      rows += times.length;
      if (rows <= chunkRowsMax) return times;
      const message = `a chunk of times has more than ${chunkRowsMax} rows`;
      throw new TsFileError('TSFILE_OVER_LIMITS', message, { offset: chunk.offset });
    });
  }

  #valueBlocks(chunk: StoredChunk): Iterable<StreamedBlock> {
    if (chunk.pages.length !== 0 && chunk.pages.length !== this.#times.length) {
      const message = `a chunk of values has ${chunk.pages.length} pages where its times have ${this.#times.length}`;
      throw new TsFileError('TSFILE_DAMAGED', message, { offset: chunk.offset });
    }
    return lazily(this.#times, (times, i) => {
      const page = chunk.pages[i];
      return { times, column: page && decodeValuePage(page, times.length, chunk) };
    });
  }

  async #readEnd(dataEnd: number): Promise<void> {
    const last = await this.#queue.last(this.#limits.metadataBytesMax + tailBytes);
    const start = last.offset;
    const rest = last.bytes;
    const tailOffset = start + rest.length - tailBytes;
    if (tailOffset < start)
      throw new TsFileError('TSFILE_TRUNCATED', 'the file ends behind its data', { offset: start });
    const tail = new ByteReader(rest.subarray(rest.length - tailBytes), { offset: tailOffset });
    const metadataOffset = metadataOffsetOf(tail, tailOffset, this.#limits);
    if (metadataOffset < start)
      throw new TsFileError('TSFILE_DAMAGED', 'the metadata overlap the data', { offset: tailOffset });
    const bytes = rest.subarray(metadataOffset - start, tailOffset - start);
    const source = new ByteReader(bytes, { offset: metadataOffset });
    const metadata = readFileMetadata(this.#version, source, metadataOffset, this.#limits);
    if (metadata.dataEnd !== dataEnd) {
      const message = `the data end at byte ${dataEnd}, and at ${metadata.dataEnd} by the metadata`;
      throw new TsFileError('TSFILE_DAMAGED', message, { offset: metadataOffset });
    }
    checkEncryption(metadata, metadataOffset);
  }
}

function describe({
  role,
  measurement,
  dataType,
  encoding,
  compression,
}: ChunkHeader): Omit<StreamedChunk, 'device' | 'blocks'> {
  return { measurement, dataType: dataType as DataType, encoding, compression, isAligned: role === 'value' };
}

function plainBlocks(chunk: StoredChunk): Iterable<StreamedBlock> {
  return lazily(chunk.pages, (page) => {
    const { times, values } = decodePlainPage(page, chunk);
    return { times, column: { values } };
  });
}

/** What `make` makes of each item, made anew each time it is iterated over. */
function lazily<Item, Made>(items: readonly Item[], make: (item: Item, index: number) => Made): Iterable<Made> {
  return {
    *[Symbol.iterator]() {
      for (const [i, item] of items.entries()) yield make(item, i);
    },
  };
}
