// From the bytes of a page to its rows.

import { isAscending, isTimeAscending } from '../ascending.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import type { Column, Values } from '../column.ts';
import type { Codec } from '../compression/codec.ts';
import { Compression, compressionName } from '../compression/compression.ts';
import type { DataType } from '../data-type.ts';
import { Encoding } from '../encoding.ts';
import { decodeInt64, decodeValues } from '../encodings/decode-values.ts';
import { decodeTs2diff64, decodeTs2diffNumbers } from '../encodings/ts-2diff.ts';
import { TsFileError } from '../errors.ts';
import type { ChunkHeader } from '../layout/chunk-header.ts';
import type { Statistics } from '../layout/statistics.ts';
import type { TsFileLimits } from '../limits.ts';
import { freshMemory, type ValueMemory } from '../value-memory.ts';
import { nullsOf, spread } from './presence.ts';
import { regularTimes } from './regular-times.ts';

/** A page as it lies in a chunk. */
export interface StoredPage {
  readonly uncompressedBytes: number;
  /** Compressed; empty if no row has a value. */
  readonly body: Buffer;
  /** Where the body lies in the file. */
  readonly offset: number;
  /** Its own, or those of a chunk of one page. Absent when a file is read from front to back, where those come later. */
  readonly statistics: Statistics | undefined;
}

/** What holds for all pages of a chunk. */
export interface PageContext {
  readonly chunk: ChunkHeader;
  readonly codec: Codec;
  readonly limits: TsFileLimits;
}

/** Times and values of a page of a series by itself. */
export function decodePlainPage(page: StoredPage, context: PageContext): { times: BigInt64Array; values: Values } {
  const { times: timesSource, values } = splitPlainPage(page, context);
  const times = decodeTs2diff64(undefined, timesSource, context.limits);
  checkTimes(times, page);
  return { times, values: plainValues(times.length, values, context) };
}

/**
 * The same, with times as numbers; pages may share them, so nobody may write to them.
 * @param memory where values go, unless their encoding wants memory of its own.
 * @throws TsFileError TSFILE_DAMAGED also if they are beyond 2^53.
 */
export function decodePlainPageNumbers(
  page: StoredPage,
  context: PageContext,
  memory: ValueMemory = freshMemory,
): { times: Float64Array; values: Values } {
  const { times: timesSource, values } = splitPlainPage(page, context);
  const times = regularTimes(timesSource, context.limits, (source) => {
    const decoded = decodeTs2diffNumbers(undefined, source, context.limits);
    if (!isAscending(decoded)) throw timesDamaged(page.offset);
    return decoded;
  });
  checkTimeNumbers(times, page);
  return { times, values: plainValues(times.length, values, context, memory) };
}

function splitPlainPage(page: StoredPage, context: PageContext): { times: ByteReader; values: ByteReader } {
  const values = uncompress(page, context);
  const timesBytes = values.uvarint();
  const times = new ByteReader(values.raw(timesBytes), { offset: page.offset, isInsidePage: true });
  return { times, values };
}

function plainValues(count: number, source: ByteReader, { chunk, limits }: PageContext, memory?: ValueMemory): Values {
  return decodeValues(chunk.encoding, chunk.dataType as DataType, count, source, limits, memory);
}

/** Times of a page that aligned series share. */
export function decodeTimePage(page: StoredPage, context: PageContext): BigInt64Array {
  const times = decodeTimes(page, context, uncompress(page, context));
  checkTimes(times, page);
  return times;
}

function decodeTimes(
  page: StoredPage,
  { chunk: { encoding }, limits }: PageContext,
  source: ByteReader,
): BigInt64Array {
  if (encoding === Encoding.TS_2DIFF) return decodeTs2diff64(undefined, source, limits);
  if (encoding === Encoding.PLAIN) return decodePlainTimes(source);
  const count = page.statistics?.count;
  if (count === undefined) {
    throw source.error('TSFILE_UNSUPPORTED', 'how many times there are is only known from the index');
  }
  if (count > limits.pageRowsMax) {
    throw source.error('TSFILE_OVER_LIMITS', `a page has more than ${limits.pageRowsMax} rows`);
  }
  return decodeInt64(encoding, count, source, limits);
}

/** Values of one of the series that share times; `undefined` if no row has one. @param memory as of `decodePlainPageNumbers`. */
export function decodeValuePage(
  page: StoredPage,
  rows: number,
  context: PageContext,
  memory: ValueMemory = freshMemory,
): Column | undefined {
  if (page.uncompressedBytes === 0) return undefined;
  const source = uncompress(page, context);
  const found = source.i32();
  if (found !== rows) throw source.damaged(`a page has ${found} rows where its times are ${rows}`);
  const { nulls, count } = nullsOf(source.raw((rows + 7) >> 3), rows);
  checkCount(count, page);
  if (count === 0) return undefined;
  const { encoding, dataType } = context.chunk;
  const values = decodeValues(encoding, dataType as DataType, count, source, context.limits, memory);
  return nulls === undefined ? { values } : { values: spread(values, nulls, rows), nulls };
}

function decodePlainTimes(source: ByteReader): BigInt64Array {
  const times = new BigInt64Array(Math.floor(source.remaining / 8));
  for (let i = 0; i < times.length; i++) times[i] = source.i64();
  source.finish();
  return times;
}

function checkTimes(times: BigInt64Array, page: StoredPage): void {
  checkCount(times.length, page);
  const { statistics, offset } = page;
  const isWhole =
    statistics === undefined || (times[0] === statistics.startTime && times.at(-1) === statistics.endTime);
  if (times.length > 0 && isWhole && isTimeAscending(times)) return;
  throw timesDamaged(offset);
}

/** Of times that ascend. */
function checkTimeNumbers(times: Float64Array, page: StoredPage): void {
  checkCount(times.length, page);
  const { statistics, offset } = page;
  const [first, last] = [times[0], times.at(-1)];
  const isExact = Number.isSafeInteger(first) && Number.isSafeInteger(last);
  const isWhole =
    statistics === undefined || (first === Number(statistics.startTime) && last === Number(statistics.endTime));
  if (isExact && isWhole) return;
  throw timesDamaged(offset);
}

function timesDamaged(offset: number): TsFileError {
  const message = 'the times of a page do not ascend, or are others than its statistics say';
  return new TsFileError('TSFILE_DAMAGED', message, { offset });
}

function checkCount(count: number, { statistics, offset }: StoredPage): void {
  if (statistics === undefined || statistics.count === count) return;
  throw new TsFileError('TSFILE_DAMAGED', `a page has ${count} values where its statistics say ${statistics.count}`, {
    offset,
  });
}

function uncompress({ body, uncompressedBytes, offset }: StoredPage, { chunk, codec }: PageContext): ByteReader {
  const { compression } = chunk;
  let bytes: Uint8Array;
  try {
    bytes = codec.uncompress(body, uncompressedBytes);
  } catch (error) {
    const message = `a page cannot be uncompressed as ${compressionName(compression)}: ${reasonOf(error)}`;
    throw new TsFileError('TSFILE_DAMAGED', message, { offset, cause: error });
  }
  if (bytes.length !== uncompressedBytes) {
    const message = `a page has ${bytes.length} bytes where its header says ${uncompressedBytes}`;
    throw new TsFileError('TSFILE_DAMAGED', message, { offset });
  }
  return new ByteReader(bytes, { offset, isInsidePage: compression !== Compression.UNCOMPRESSED });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
