// What the index knows of one series: its statistics, and where its chunks are.
//
//   u8       kind: 0 one chunk, whose statistics are those of the series; 1 several; with 0x80 or 0x40 as in a chunk's
//            header, which some writers leave out
//   text     name of the measurement
//   u8       type
//   uvarint  bytes of the list of chunks
//   statistics
//   chunks:  i64 where its header lies, statistics if there are several

import type { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { timeColumnType } from '../data-type.ts';
import type { TsFileLimits } from '../limits.ts';
import { maskOf, readMeasuredType, roleOf, type SeriesRole } from './chunk-header.ts';
import { type MeasuredType, readStatistics, type Statistics, writeStatistics } from './statistics.ts';

export interface ChunkMetadata {
  /** Where the chunk's header lies, in bytes from the beginning of the file. */
  readonly offset: number;
  readonly statistics: Statistics;
}

export interface SeriesMetadata {
  readonly role: SeriesRole;
  /** Empty for a time column. */
  readonly measurement: string;
  readonly dataType: MeasuredType;
  readonly statistics: Statistics;
  /** In the order of time. */
  readonly chunks: readonly ChunkMetadata[];
}

const severalChunks = 1;
const roleBits = 0xc0;

const list = new ByteWriter();

export function writeSeriesMetadata(series: SeriesMetadata, out: ByteWriter): void {
  const hasSeveral = series.chunks.length > 1;
  list.clear();
  for (const { offset, statistics } of series.chunks) {
    list.i64(BigInt(offset));
    if (hasSeveral) writeStatistics(series.dataType, statistics, list);
  }
  out.u8((hasSeveral ? severalChunks : 0) | maskOf(series.role));
  out.varText(series.measurement);
  out.u8(series.dataType);
  out.uvarint(list.length);
  writeStatistics(series.dataType, series.statistics, out);
  out.raw(list.written());
}

/** @param dataEnd where the data of the file end: chunks lie before that. */
export function readSeriesMetadata(source: ByteReader, dataEnd: number, limits: TsFileLimits): SeriesMetadata {
  const kind = source.u8();
  const marked = roleOf(kind);
  if (marked === undefined || (kind & ~roleBits) > severalChunks) throw source.damaged(`a series is of kind ${kind}`);
  const measurement = source.name(limits.nameBytesMax);
  const dataType = readMeasuredType(source);
  const role = dataType === timeColumnType ? 'time' : marked;
  if (role === 'time' && dataType !== timeColumnType) throw source.damaged('a series has the type of another kind');
  const listBytes = source.uvarint();
  const statistics = readStatistics(dataType, source);
  source.expect(listBytes, 1);
  const end = source.position + listBytes;
  const chunks: ChunkMetadata[] = [];
  while (source.position < end) {
    const offset = readOffset(source, dataEnd);
    chunks.push({ offset, statistics: (kind & ~roleBits) === 0 ? statistics : readStatistics(dataType, source) });
  }
  if (source.position !== end || chunks.length === 0) throw source.damaged('the list of chunks has another length');
  return { role, measurement, dataType, statistics, chunks };
}

/** A place in the file below `end`. */
export function readOffset(source: ByteReader, end: number): number {
  const offset = source.i64();
  if (offset < 0n || offset >= BigInt(end)) throw source.damaged(`a reference to byte ${offset} leads nowhere`);
  return Number(offset);
}
