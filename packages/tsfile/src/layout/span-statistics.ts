// Statistics of spans of time, such as hours, some of which lie in each page: Balsa's own addition. They stand between the separator and
// the index, where nobody looks whom nobody sent there, so every other reader passes over them.
//
//   separator
//   "BLSS", u8 version
//   i32  blocks
//   i64  where the directory lies
//   blocks, each: i32 bytes uncompressed, compressed as LZ4: for each of some chunks that have any, in the order of the file,
//     i64 where its header lies | uvarint bytes of its record
//     record: uvarint bytes | rows of the spans, mostly those of the neighbours: uvarint pages, for each: uvarint spans
//       each behind its bytes as uvarint:
//         times of the first rows; times of the last rows     TS_2DIFF, as INT64
//         how many rows                                       TS_2DIFF, as INT32
//       u8 encoding of the chunk's values
//       each behind its bytes as uvarint:
//         smallest, largest, first and last values, one array behind the other, encoded as the chunk's values are
//         sums, as DOUBLE: TS_2DIFF of integers, PLAIN of others
//   directory, for each block, ascending: i64 where the header of its first chunk lies, i64 where it lies itself
//
// A span ends with its page: rows of one span that lie in two pages are told by two entries.

import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { DataType } from '../data-type.ts';
import { Encoding, encodingOf } from '../encoding.ts';
import { decodeValues } from '../encodings/decode-values.ts';
import { encodeValues } from '../encodings/encode-values.ts';
import { decodeTs2diff32, decodeTs2diffNumbers, encodeTs2diff32, encodeTs2diff64 } from '../encodings/ts-2diff.ts';
import type { TsFileLimits } from '../limits.ts';
import type { MeasuredType, Statistics, StatisticValue } from './statistics.ts';

/** Types whose values have an order and a sum. */
export type NumericType = 1 | 2 | 3 | 4 | 8 | 9;
export type NumericValues = Int32Array | BigInt64Array | Float32Array | Float64Array;

/** Which rows of a chunk make up its spans, in the order of time, as columns. */
export interface SpanRows {
  /** Of each page: behind which of the spans it ends. */
  readonly pageEnds: Int32Array;
  /** Times of the first and the last row of each span. */
  readonly startTimes: Float64Array;
  readonly endTimes: Float64Array;
  /** At least one row each. */
  readonly counts: Int32Array;
}

/** The same with what is known of their values. */
export interface SpanStatistics extends SpanRows {
  readonly min: NumericValues;
  readonly max: NumericValues;
  readonly first: NumericValues;
  readonly last: NumericValues;
  /** Rounded, except of INT32 and DATE. */
  readonly sums: Float64Array;
}

export interface SpanSection {
  readonly blocks: number;
  readonly directoryOffset: number;
}

export const spanSectionMagic: Buffer = Buffer.from('BLSS');
const version = 1;
export const spanSectionHeadBytes: number = spanSectionMagic.length + 1 + 4 + 8;
export const directoryEntryBytes = 16;

export function isNumeric(type: MeasuredType): type is NumericType {
  switch (type) {
    case DataType.INT32:
    case DataType.INT64:
    case DataType.FLOAT:
    case DataType.DOUBLE:
    case DataType.TIMESTAMP:
    case DataType.DATE:
      return true;
    default:
      return false;
  }
}

export function writeSpanSectionHead({ blocks, directoryOffset }: SpanSection, out: ByteWriter): void {
  out.raw(spanSectionMagic);
  out.u8(version);
  out.i32(blocks);
  out.i64(BigInt(directoryOffset));
}

/**
 * What stands behind the separator; `undefined` if that is nothing of this kind, or a version that is not known here.
 * @param end where the metadata of the file begin.
 */
export function readSpanSectionHead(source: ByteReader, end: number): SpanSection | undefined {
  const start = source.offset;
  if (source.remaining < spanSectionHeadBytes) return undefined;
  if (!source.raw(spanSectionMagic.length).equals(spanSectionMagic) || source.u8() !== version) return undefined;
  const blocks = source.i32();
  const directoryOffset = Number(source.i64());
  const isWithin =
    blocks > 0 &&
    directoryOffset >= start + spanSectionHeadBytes &&
    directoryOffset + blocks * directoryEntryBytes <= end;
  if (!isWithin) throw source.damaged('the statistics of spans reach beyond their place');
  return { blocks, directoryOffset };
}

const rowsPart = new ByteWriter();
const column = new ByteWriter();

/** @param pages of each page its spans, of each span its statistics. */
export function writeSpanRecord(
  type: NumericType,
  encoding: Encoding,
  pages: readonly (readonly Statistics[])[],
  out: ByteWriter,
): void {
  const spans = pages.flat();
  rowsPart.clear();
  rowsPart.uvarint(pages.length);
  for (const page of pages) rowsPart.uvarint(page.length);
  writeColumn(rowsPart, (target) =>
    encodeTs2diff64(
      BigInt64Array.from(spans, ({ startTime }) => startTime),
      target,
    ),
  );
  writeColumn(rowsPart, (target) =>
    encodeTs2diff64(
      BigInt64Array.from(spans, ({ endTime }) => endTime),
      target,
    ),
  );
  writeColumn(rowsPart, (target) =>
    encodeTs2diff32(
      Int32Array.from(spans, ({ count }) => count),
      target,
    ),
  );
  out.uvarint(rowsPart.length);
  out.raw(rowsPart.written());
  const valuesOf = (name: 'min' | 'max' | 'first' | 'last'): StatisticValue[] => spans.map((it) => it[name]!);
  const values = arrayOf(type, [...valuesOf('min'), ...valuesOf('max'), ...valuesOf('first'), ...valuesOf('last')]);
  const sums = Float64Array.from(spans, ({ sum }) => Number(sum));
  out.u8(encoding);
  writeColumn(out, (target) => encodeValues(encoding, values, target));
  writeColumn(out, (target) => encodeValues(sumEncoding(type), sums, target));
}

function writeColumn(out: ByteWriter, encode: (target: ByteWriter) => void): void {
  column.clear();
  encode(column);
  out.uvarint(column.length);
  out.raw(column.written());
}

function sumEncoding(type: NumericType): Encoding {
  return type === DataType.FLOAT || type === DataType.DOUBLE ? Encoding.PLAIN : Encoding.TS_2DIFF;
}

/** What stands before the values of a record: see `readSpanRecord`. */
export interface KnownRows {
  readonly bytes: Buffer;
  readonly rows: SpanRows;
}

/**
 * @param chunk what is known of all rows of the chunk.
 * @param known rows of another record, mostly the same: then they are not decoded again.
 */
export function readSpanRecord(
  type: NumericType,
  chunk: Statistics,
  source: ByteReader,
  limits: TsFileLimits,
  known?: KnownRows,
): { statistics: SpanStatistics; rows: KnownRows } {
  const bytes = source.raw(source.uvarint());
  const isKnown = known?.bytes.equals(bytes) ?? false;
  const rows = isKnown ? known!.rows : readSpanRows(partOf(source, bytes), limits);
  const spans = rows.counts.length;
  const encoding = encodingOf(source.u8());
  if (encoding === undefined) throw source.damaged('statistics of spans are encoded in no known way');
  const values = decodeValues(encoding, type, 4 * spans, nextColumn(source), limits) as NumericValues;
  const sums = decodeValues(sumEncoding(type), DataType.DOUBLE, spans, nextColumn(source), limits) as Float64Array;
  source.finish();
  if (!agrees(rows, chunk)) throw source.damaged('statistics of spans are others than those of their chunk');
  const statistics: SpanStatistics = {
    ...rows,
    min: values.subarray(0, spans),
    max: values.subarray(spans, 2 * spans),
    first: values.subarray(2 * spans, 3 * spans),
    last: values.subarray(3 * spans),
    sums,
  };
  return { statistics, rows: isKnown ? known! : { bytes, rows } };
}

function readSpanRows(source: ByteReader, limits: TsFileLimits): SpanRows {
  const pageEnds = readPageEnds(source, limits);
  const spans = pageEnds.at(-1) ?? 0;
  if (spans === 0) throw source.damaged('statistics of spans are of none');
  const startTimes = decodeTs2diffNumbers(spans, nextColumn(source), limits);
  const endTimes = decodeTs2diffNumbers(spans, nextColumn(source), limits);
  const counts = decodeTs2diff32(spans, nextColumn(source), limits);
  source.finish();
  for (let i = 0; i < spans; i++) {
    const isBehind = i === 0 || endTimes[i - 1]! < startTimes[i]!;
    if (counts[i]! < 1 || startTimes[i]! > endTimes[i]! || !isBehind) throw source.damaged('spans are out of order');
  }
  return { pageEnds, startTimes, endTimes, counts };
}

function nextColumn(source: ByteReader): ByteReader {
  return partOf(source, source.raw(source.uvarint()));
}

function partOf({ offset }: ByteReader, bytes: Buffer): ByteReader {
  return new ByteReader(bytes, { offset, isInsidePage: true });
}

function readPageEnds(source: ByteReader, { pageRowsMax }: TsFileLimits): Int32Array {
  const pages = source.uvarint();
  source.expect(pages, 1);
  const ends = new Int32Array(pages);
  let spans = 0;
  for (let page = 0; page < pages; page++) {
    spans += source.uvarint();
    // There are four values for each.
    if (4 * spans > pageRowsMax) {
      throw source.error('TSFILE_OVER_LIMITS', `statistics of spans are of more than ${pageRowsMax >> 2} of these`);
    }
    ends[page] = spans;
  }
  return ends;
}

/** Whether spans have all rows of a chunk, from the first to the last. */
function agrees({ startTimes, endTimes, counts }: SpanRows, chunk: Statistics): boolean {
  let rows = 0;
  for (let i = 0; i < counts.length; i++) rows += counts[i]!;
  const [first, last] = [startTimes[0], endTimes.at(-1)];
  return rows === chunk.count && first === Number(chunk.startTime) && last === Number(chunk.endTime);
}

function arrayOf(type: NumericType, values: readonly StatisticValue[]): NumericValues {
  switch (type) {
    case DataType.INT32:
    case DataType.DATE:
      return Int32Array.from(values as number[]);
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return BigInt64Array.from(values as bigint[]);
    case DataType.FLOAT:
      return Float32Array.from(values as number[]);
    case DataType.DOUBLE:
      return Float64Array.from(values as number[]);
  }
}
