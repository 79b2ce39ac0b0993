// Rows as pages, and pages as a chunk.

import { ByteWriter } from '../bytes/byte-writer.ts';
import { type Column, isNull, sliceValues, type Values } from '../column.ts';
import type { Codec } from '../compression/codec.ts';
import type { Compression } from '../compression/compression.ts';
import { type DataType, timeColumnType } from '../data-type.ts';
import { Encoding } from '../encoding.ts';
import { encodeValues } from '../encodings/encode-values.ts';
import { encodeTs2diff64 } from '../encodings/ts-2diff.ts';
import { type SeriesRole, writeChunkHeader } from '../layout/chunk-header.ts';
import { measure } from '../layout/measure.ts';
import { isNumeric } from '../layout/span-statistics.ts';
import {
  emptyStatistics,
  type MeasuredType,
  mergeStatistics,
  type Statistics,
  writeStatistics,
} from '../layout/statistics.ts';
import { type PresentValues, presentValues } from '../present-values.ts';
import type { CheckedTimes } from './checked-times.ts';
import type { PageRange, RowRange } from './page-ranges.ts';

/** Readers take it as given for the times of series by themselves: no header says it. */
export const timeEncoding: Encoding = Encoding.TS_2DIFF;

export interface ChunkSpec {
  readonly role: SeriesRole;
  readonly measurement: string;
  readonly dataType: MeasuredType;
  readonly encoding: Encoding;
  readonly compression: Compression;
}

export interface WrittenChunk {
  readonly statistics: Statistics;
  /** Of each page, its spans; none where nobody asked for any. */
  readonly spans: readonly (readonly Statistics[])[];
}

interface Page {
  readonly uncompressedBytes: number;
  readonly from: number;
  readonly to: number;
  readonly statistics: Statistics;
}

/** Builds one chunk after another, and reuses its memory. */
export class ChunkWriter {
  readonly #raw = new ByteWriter(64 * 1024);
  readonly #bodies = new ByteWriter(64 * 1024);
  #pages: Page[] = [];
  #spans: (readonly Statistics[])[] = [];

  /** A series by itself: every page has times and values. */
  writeSeries(
    spec: ChunkSpec & { dataType: DataType },
    codec: Codec,
    times: CheckedTimes,
    values: Values,
    ranges: readonly PageRange[],
    out: ByteWriter,
  ): WrittenChunk {
    this.#begin();
    const measureRows = ({ from, to }: RowRange): Statistics =>
      measure(spec.dataType, sliceValues(values, from, to), to - from, times.values[from]!, times.values[to - 1]!);
    for (const range of ranges) {
      const { from, to } = range;
      const encodedTimes = times.page(from, to);
      this.#raw.clear();
      this.#raw.uvarint(encodedTimes.length);
      this.#raw.raw(encodedTimes);
      encodeValues(spec.encoding, sliceValues(values, from, to), this.#raw);
      this.#measureSpans(spec.dataType, range, measureRows);
      this.#endPage(codec, measureRows(range));
    }
    return this.#end(spec, out);
  }

  /** The times that aligned series share. */
  writeTimes(
    spec: ChunkSpec,
    codec: Codec,
    times: BigInt64Array,
    ranges: readonly PageRange[],
    out: ByteWriter,
  ): Statistics {
    this.#begin();
    for (const { from, to } of ranges) {
      this.#raw.clear();
      encodeTs2diff64(times.subarray(from, to), this.#raw);
      this.#endPage(codec, { count: to - from, startTime: times[from]!, endTime: times[to - 1]! });
    }
    return this.#end(spec, out).statistics;
  }

  /** One of the series that share times. `column` may be absent: then no row has a value. */
  writeValues(
    spec: ChunkSpec & { dataType: DataType },
    codec: Codec,
    times: BigInt64Array,
    column: Column | undefined,
    ranges: readonly PageRange[],
    out: ByteWriter,
  ): WrittenChunk {
    this.#begin();
    const presentIn = ({ from, to }: RowRange): PresentValues | undefined =>
      column && presentValues(column, times, from, to);
    const measurePresent = (present: PresentValues | undefined): Statistics =>
      present === undefined
        ? emptyStatistics(spec.dataType)
        : measure(spec.dataType, present.values, present.count, present.startTime, present.endTime);
    for (const range of ranges) {
      const { from, to } = range;
      const present = presentIn(range);
      if (column === undefined || present === undefined) {
        this.#pages.push({ uncompressedBytes: 0, from: 0, to: 0, statistics: emptyStatistics(spec.dataType) });
        this.#spans.push([]);
        continue;
      }
      this.#raw.clear();
      this.#raw.i32(to - from);
      putPresence(column.nulls, from, to, this.#raw);
      encodeValues(spec.encoding, present.values, this.#raw);
      this.#measureSpans(spec.dataType, range, (rows) => measurePresent(presentIn(rows)));
      this.#endPage(codec, measurePresent(present));
    }
    if (this.#pages.every(({ uncompressedBytes }) => uncompressedBytes === 0)) this.#pages = [];
    return this.#end(spec, out);
  }

  #begin(): void {
    this.#bodies.clear();
    this.#pages = [];
    this.#spans = [];
  }

  /** The page is measured by itself: a sum depends on the order of adding, and should be what official writers make of it. */
  #measureSpans(type: DataType, { spans }: PageRange, measureRows: (rows: RowRange) => Statistics): void {
    if (spans !== undefined && isNumeric(type)) {
      this.#spans.push(spans.map(measureRows).filter(({ count }) => count > 0));
    }
  }

  #endPage(codec: Codec, statistics: Statistics): void {
    const from = this.#bodies.length;
    this.#bodies.raw(codec.compress(this.#raw.written()));
    this.#pages.push({ uncompressedBytes: this.#raw.length, from, to: this.#bodies.length, statistics });
  }

  #end(spec: ChunkSpec, out: ByteWriter): WrittenChunk {
    const pages = this.#pages;
    const hasOnePage = pages.length <= 1;
    // The header says how many bytes follow, so these come first.
    const body = this.#raw;
    body.clear();
    for (const { uncompressedBytes, from, to, statistics } of pages) {
      body.uvarint(uncompressedBytes);
      if (uncompressedBytes === 0) continue;
      body.uvarint(to - from);
      if (!hasOnePage) writeStatistics(spec.dataType, statistics, body);
      body.raw(this.#bodies.bytes.subarray(from, to));
    }
    writeChunkHeader({ ...spec, hasOnePage, pagesBytes: body.length }, out);
    out.raw(body.written());
    const all = pages.reduce((sum, { statistics }) => mergeStatistics(sum, statistics), emptyStatistics(spec.dataType));
    return { statistics: all, spans: this.#spans };
  }
}

/** A bit for every row, the highest of each byte first: whether it has a value. */
function putPresence(nulls: Uint8Array | undefined, from: number, to: number, out: ByteWriter): void {
  const bytes = (to - from + 7) >> 3;
  const at = out.advance(bytes);
  if (nulls === undefined) {
    out.bytes.fill(0xff, at, at + bytes);
    const rest = (to - from) & 7;
    if (rest > 0) out.bytes[at + bytes - 1] = 0xff << (8 - rest);
    return;
  }
  out.bytes.fill(0, at, at + bytes);
  for (let row = from; row < to; row++) {
    if (!isNull(nulls, row)) out.bytes[at + ((row - from) >> 3)]! |= 0x80 >> ((row - from) & 7);
  }
}

export const timesSpec = (compression: Compression): ChunkSpec => ({
  role: 'time',
  measurement: '',
  dataType: timeColumnType,
  encoding: timeEncoding,
  compression,
});
