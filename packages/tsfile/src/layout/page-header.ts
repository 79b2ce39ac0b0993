// The head of a page.
//
//   uvarint  uncompressed bytes; 0: a page of a value column without any value, and nothing follows
//   uvarint  bytes in the file
//   statistics, if the chunk has several pages

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { TsFileLimits } from '../limits.ts';
import type { ChunkHeader } from './chunk-header.ts';
import { readStatistics, type Statistics } from './statistics.ts';

export interface PageHeader {
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  /** Absent if the chunk has one page, whose statistics are those of the chunk; and of a page without values. */
  readonly statistics?: Statistics | undefined;
}

export function readPageHeader(chunk: ChunkHeader, source: ByteReader, limits: TsFileLimits): PageHeader {
  const uncompressedBytes = source.uvarint();
  if (uncompressedBytes === 0) {
    if (chunk.role !== 'value') throw source.damaged('a page is empty');
    return { uncompressedBytes, compressedBytes: 0 };
  }
  if (uncompressedBytes > limits.pageBytesMax) {
    const message = `a page of ${uncompressedBytes} bytes is over the limit of ${limits.pageBytesMax}`;
    throw source.error('TSFILE_OVER_LIMITS', message);
  }
  const compressedBytes = source.uvarint();
  const statistics = chunk.hasOnePage ? undefined : readStatistics(chunk.dataType, source);
  source.expect(compressedBytes, 1);
  return { uncompressedBytes, compressedBytes, statistics };
}
