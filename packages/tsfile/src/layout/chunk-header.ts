// The head of a chunk: a piece of one series, or of the times that aligned series share.
//
//   u8       marker: 1 several pages, 5 one page; with 0x80 a time column, with 0x40 one of its value columns
//   text     name of the measurement, as a text of variable length; empty for a time column
//   uvarint  bytes of the pages
//   u8 type, u8 compression, u8 encoding

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { type Compression, compressionOf } from '../compression/compression.ts';
import { dataTypeOf, timeColumnType } from '../data-type.ts';
import { type Encoding, encodingName, encodingOf } from '../encoding.ts';
import type { TsFileLimits } from '../limits.ts';
import { Marker, timeColumnMask, valueColumnMask } from './markers.ts';
import type { MeasuredType } from './statistics.ts';

/** A series by itself, the times of aligned series, or the values of one of those. */
export type SeriesRole = 'plain' | 'time' | 'value';

export interface ChunkHeader {
  readonly role: SeriesRole;
  readonly measurement: string;
  readonly dataType: MeasuredType;
  readonly encoding: Encoding;
  readonly compression: Compression;
  /** Only pages of several have statistics of their own. */
  readonly hasOnePage: boolean;
  /** Bytes of the pages. 0: a value column without any value. */
  readonly pagesBytes: number;
}

/** Bytes of a header beside the measurement's name and its length. */
export const chunkHeaderBytesMax: number = 1 + 5 + 3;

const masks: Record<SeriesRole, number> = { plain: 0, time: timeColumnMask, value: valueColumnMask };

export function maskOf(role: SeriesRole): number {
  return masks[role];
}

/** The role behind a mask that stands in bits 6 and 7; `undefined` if both are set. */
export function roleOf(marked: number): SeriesRole | undefined {
  switch (marked & (timeColumnMask | valueColumnMask)) {
    case 0:
      return 'plain';
    case timeColumnMask:
      return 'time';
    case valueColumnMask:
      return 'value';
    default:
      return undefined;
  }
}

export function isChunkMarker(marker: number): boolean {
  const kind = marker & ~(timeColumnMask | valueColumnMask);
  return (kind === Marker.CHUNK || kind === Marker.CHUNK_OF_ONE_PAGE) && roleOf(marker) !== undefined;
}

export function writeChunkHeader(header: ChunkHeader, out: ByteWriter): void {
  out.u8((header.hasOnePage ? Marker.CHUNK_OF_ONE_PAGE : Marker.CHUNK) | maskOf(header.role));
  out.varText(header.measurement);
  out.uvarint(header.pagesBytes);
  out.u8(header.dataType);
  out.u8(header.compression);
  out.u8(header.encoding);
}

/** @param marker if it has been read already. */
export function readChunkHeader(source: ByteReader, limits: TsFileLimits, marker: number = source.u8()): ChunkHeader {
  const role = roleOf(marker);
  if (!isChunkMarker(marker) || role === undefined) throw source.damaged(`marker ${marker} does not begin a chunk`);
  const measurement = source.name(limits.nameBytesMax);
  const pagesBytes = source.uvarint();
  if (pagesBytes > limits.chunkBytesMax) {
    const message = `a chunk of ${pagesBytes} bytes is over the limit of ${limits.chunkBytesMax}`;
    throw source.error('TSFILE_OVER_LIMITS', message);
  }
  const dataType = readMeasuredType(source);
  if ((dataType === timeColumnType) !== (role === 'time')) throw source.damaged('a chunk has the type of another kind');
  const compression = readCompression(source);
  const encoding = readEncoding(source);
  const hasOnePage = (marker & ~(timeColumnMask | valueColumnMask)) === Marker.CHUNK_OF_ONE_PAGE;
  return { role, measurement, dataType, encoding, compression, hasOnePage, pagesBytes };
}

export function readMeasuredType(source: ByteReader): MeasuredType {
  const code = source.u8();
  const type = code === timeColumnType ? timeColumnType : dataTypeOf(code);
  if (type === undefined) throw source.error('TSFILE_UNSUPPORTED', `values of type ${code} are not read here`);
  return type;
}

function readCompression(source: ByteReader): Compression {
  const code = source.u8();
  const compression = compressionOf(code);
  if (compression === undefined) throw source.error('TSFILE_UNSUPPORTED', `compression ${code} is not read here`);
  return compression;
}

function readEncoding(source: ByteReader): Encoding {
  const code = source.u8();
  const encoding = encodingOf(code);
  if (encoding === undefined) throw source.error('TSFILE_UNSUPPORTED', `${encodingName(code)} is not read here`);
  return encoding;
}
