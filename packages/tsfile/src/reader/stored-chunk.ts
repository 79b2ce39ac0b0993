// A chunk in memory, and its pages.

import { ByteReader } from '../bytes/byte-reader.ts';
import { codecAtHand, loadCodec } from '../compression/load-codec.ts';
import { TsFileError } from '../errors.ts';
import type { ByteSource } from '../io/ports.ts';
import { type ChunkHeader, chunkHeaderBytesMax, readChunkHeader } from '../layout/chunk-header.ts';
import { readPageHeader } from '../layout/page-header.ts';
import type { ChunkMetadata } from '../layout/series-metadata.ts';
import type { Statistics } from '../layout/statistics.ts';
import type { TsFileLimits } from '../limits.ts';
import type { PageContext, StoredPage } from './page-decoder.ts';

export interface StoredChunk extends PageContext {
  /** Where the header lies. */
  readonly offset: number;
  readonly pages: readonly StoredPage[];
}

/** A small chunk comes with its header in one read. */
const firstReadBytes = 8 * 1024;

/** Where a chunk is looked for. */
export interface ChunkPlace {
  readonly source: ByteSource;
  readonly measurement: string;
  /** Where chunks end. */
  readonly dataEnd: number;
  readonly limits: TsFileLimits;
}

/** Reads a chunk, and decodes none of it. */
export async function readStoredChunk(place: ChunkPlace, { offset, statistics }: ChunkMetadata): Promise<StoredChunk> {
  const { source, limits } = place;
  const { chunk, head } = headOf(await source.read(offset, headBytes(place, offset)), place, offset);
  const pagesAt = head.offset;
  const pages =
    chunk.pagesBytes <= head.remaining ? head.raw(chunk.pagesBytes) : await source.read(pagesAt, chunk.pagesBytes);
  return storedChunk(chunk, offset, new ByteReader(pages, { offset: pagesAt }), statistics, limits);
}

/** The same of a chunk that is in memory; `undefined` if it is not. */
export function storedChunkAtHand(place: ChunkPlace, { offset, statistics }: ChunkMetadata): StoredChunk | undefined {
  const { source, limits } = place;
  const first = source.atHand?.(offset, headBytes(place, offset));
  if (first === undefined) return undefined;
  const { chunk, head } = headOf(first, place, offset);
  const codec = codecAtHand(chunk.compression);
  const pagesAt = head.offset;
  const pages =
    chunk.pagesBytes <= head.remaining ? head.raw(chunk.pagesBytes) : source.atHand?.(pagesAt, chunk.pagesBytes);
  if (codec === undefined || pages === undefined) return undefined;
  return {
    chunk,
    codec,
    limits,
    offset,
    pages: pagesIn(chunk, new ByteReader(pages, { offset: pagesAt }), statistics, limits),
  };
}

function headBytes({ measurement, dataEnd }: ChunkPlace, offset: number): number {
  const bytes = chunkHeaderBytesMax + 5 + Buffer.byteLength(measurement);
  return Math.min(dataEnd - offset, Math.max(firstReadBytes, bytes));
}

function headOf(
  first: Uint8Array,
  { measurement, dataEnd, limits }: ChunkPlace,
  offset: number,
): { chunk: ChunkHeader; head: ByteReader } {
  const head = new ByteReader(first, { offset });
  const chunk = readChunkHeader(head, limits);
  if (chunk.measurement !== measurement) {
    throw new TsFileError('TSFILE_DAMAGED', 'the index leads to a chunk of another series', { offset });
  }
  if (chunk.pagesBytes > dataEnd - head.offset) {
    throw head.error('TSFILE_TRUNCATED', `a chunk of ${chunk.pagesBytes} bytes reaches beyond the data`);
  }
  return { chunk, head };
}

/** Finds the pages. @param statistics of the chunk, where they are known. */
export async function storedChunk(
  chunk: ChunkHeader,
  offset: number,
  source: ByteReader,
  statistics: Statistics | undefined,
  limits: TsFileLimits,
): Promise<StoredChunk> {
  const pages = pagesIn(chunk, source, statistics, limits);
  return { chunk, codec: await loadCodec(chunk.compression), limits, offset, pages };
}

function pagesIn(
  chunk: ChunkHeader,
  source: ByteReader,
  statistics: Statistics | undefined,
  limits: TsFileLimits,
): StoredPage[] {
  const pages: StoredPage[] = [];
  while (source.remaining > 0) {
    const header = readPageHeader(chunk, source, limits);
    const at = source.offset;
    const body = source.raw(header.compressedBytes);
    const own = chunk.hasOnePage ? statistics : header.statistics;
    pages.push({ uncompressedBytes: header.uncompressedBytes, body, offset: at, statistics: own });
  }
  if (chunk.hasOnePage && pages.length > 1) throw source.damaged('a chunk of one page has several');
  if (pages.length === 0 && chunk.role !== 'value') throw source.damaged('a chunk has no pages');
  return pages;
}
