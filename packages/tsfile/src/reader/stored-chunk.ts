// A chunk in memory, and its pages.

import { ByteReader } from '../bytes/byte-reader.ts';
import { loadCodec } from '../compression/load-codec.ts';
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

/** Reads a chunk, and decodes none of it. @param dataEnd where chunks end. */
export async function readStoredChunk(
  source: ByteSource,
  { offset, statistics }: ChunkMetadata,
  measurement: string,
  dataEnd: number,
  limits: TsFileLimits,
): Promise<StoredChunk> {
  const headBytes = chunkHeaderBytesMax + 5 + Buffer.byteLength(measurement);
  const first = await source.read(offset, Math.min(dataEnd - offset, Math.max(firstReadBytes, headBytes)));
  const head = new ByteReader(first, { offset });
  const chunk = readChunkHeader(head, limits);
  if (chunk.measurement !== measurement) {
    throw new TsFileError('TSFILE_DAMAGED', 'the index leads to a chunk of another series', { offset });
  }
  const pagesAt = head.position;
  if (chunk.pagesBytes > dataEnd - offset - pagesAt) {
    throw head.error('TSFILE_TRUNCATED', `a chunk of ${chunk.pagesBytes} bytes reaches beyond the data`);
  }
  const pages =
    chunk.pagesBytes <= head.remaining
      ? head.raw(chunk.pagesBytes)
      : await source.read(offset + pagesAt, chunk.pagesBytes);
  return storedChunk(chunk, offset, new ByteReader(pages, { offset: offset + pagesAt }), statistics, limits);
}

/** Finds the pages. @param statistics of the chunk, where they are known. */
export async function storedChunk(
  chunk: ChunkHeader,
  offset: number,
  source: ByteReader,
  statistics: Statistics | undefined,
  limits: TsFileLimits,
): Promise<StoredChunk> {
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
  return { chunk, codec: await loadCodec(chunk.compression), limits, offset, pages };
}
