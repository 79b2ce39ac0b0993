// Writes a file: chunk groups as they come, then the index.

import { type Column, checkColumn, type Values } from '../column.ts';
import { Compression } from '../compression/compression.ts';
import { loadCodec } from '../compression/load-codec.ts';
import { DataType, dataTypeName, timeColumnType } from '../data-type.ts';
import { Encoding, encodingName, encodingsOf } from '../encoding.ts';
import { encodingWithoutEnd } from '../encodings/end-marks.ts';
import { argumentError } from '../errors.ts';
import { createFileSink, type FileSinkOptions } from '../io/node-files.ts';
import type { ByteSink } from '../io/ports.ts';
import { type DeviceId, deviceOfPath, pathOfDevice, writeDevice } from '../layout/device-id.ts';
import { writeFileMetadata } from '../layout/file-metadata.ts';
import { magic } from '../layout/magic.ts';
import { Marker } from '../layout/markers.ts';
import { isNumeric } from '../layout/span-statistics.ts';
import type { Statistics } from '../layout/statistics.ts';
import { defaultLimits } from '../limits.ts';
import { CheckedTimes, type Times } from './checked-times.ts';
import { ChunkWriter, timesSpec, type WrittenChunk } from './chunk-writer.ts';
import { FileOutput } from './file-output.ts';
import { addChunk, type DeviceInFile, IndexBuilder, type SeriesInFile } from './index-builder.ts';
import { type PageRange, pageRanges } from './page-ranges.ts';
import { SpanStatisticsWriter } from './span-statistics-writer.ts';

export interface TsFileWriterOptions {
  /** Rows of a page at most; 10,000 by default, 2^22 at most. */
  readonly pageRows?: number;
  /** About what the texts of a page take at most, uncompressed; 64 KiB by default. */
  readonly pageTextBytes?: number;
  /** Asked for each chunk, of all series that share their times if they do. By default all pages have `pageRows`, and no spans. */
  readonly pageLayout?: (times: BigInt64Array, columns: readonly ColumnLayout[]) => PageLayout;
}

export interface PageLayout {
  /** Instead of `pageRows`. */
  readonly rows?: number | undefined;
  /**
   * The length of spans of which the file is to have statistics, for numbers; above 0, and enough for some hundred rows, since those of a span take
   * some twenty bytes. Whoever asks for periods of that length, or multiples of it, can be answered without reading pages. They
   * lie where only `TsFileReader.spanStatistics` looks.
   */
  readonly statisticsSpan?: bigint | undefined;
}

export interface ColumnLayout {
  readonly dataType: DataType;
  readonly encoding: Encoding;
}

/** A series, and how its values are laid out. */
export interface SeriesSchema {
  readonly measurement: string;
  readonly dataType: DataType;
  /** By default what Apache IoTDB takes for the type. */
  readonly encoding?: Encoding | undefined;
  /** LZ4 by default. */
  readonly compression?: Compression | undefined;
}

export interface AlignedColumn {
  readonly schema: SeriesSchema;
  /** As many rows as there are times. */
  readonly column: Column;
}

export interface WrittenFile {
  readonly sizeBytes: number;
}

const version = 4;
const pageRowsDefault = 10_000;
const pageTextBytesDefault = 64 * 1024;
const nameBytesMax = 64 * 1024;

const encodingDefaults: Readonly<Record<DataType, Encoding>> = {
  [DataType.BOOLEAN]: Encoding.RLE,
  [DataType.INT32]: Encoding.TS_2DIFF,
  [DataType.INT64]: Encoding.TS_2DIFF,
  [DataType.FLOAT]: Encoding.GORILLA,
  [DataType.DOUBLE]: Encoding.GORILLA,
  [DataType.TEXT]: Encoding.PLAIN,
  [DataType.TIMESTAMP]: Encoding.TS_2DIFF,
  [DataType.DATE]: Encoding.TS_2DIFF,
  [DataType.BLOB]: Encoding.PLAIN,
  [DataType.STRING]: Encoding.PLAIN,
};

/** Begins a new file on disk. @throws the system's errors, such as EEXIST. */
export async function createTsFile(
  path: string,
  options: TsFileWriterOptions & FileSinkOptions = {},
): Promise<TsFileWriter> {
  const sink = await createFileSink(path, options);
  try {
    return new TsFileWriter(sink, options);
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/**
 * Writes series in chunks. One call after another: each waits for the one before to be done with.
 *
 * ```ts
 * const writer = await createTsFile('plant.tsfile', { isDurable: true });
 * await writer.writeSeries('root.plant.line4', { measurement: 'temperature', dataType: DataType.DOUBLE },
 *   Float64Array.of(1000, 2000), { values: Float64Array.of(20.5, 21) });
 * await writer.finish();
 * ```
 *
 * What a call refuses with TSFILE_ARGUMENT leaves the file as it was. After any other failure the file is worthless:
 * `abort` it.
 */
export class TsFileWriter {
  readonly #sink: ByteSink;
  readonly #output: FileOutput;
  readonly #index = new IndexBuilder();
  readonly #chunks = new ChunkWriter();
  /** Of the last chunk of a series by itself: the next may have the same. */
  #times: CheckedTimes | undefined;
  readonly #pageRows: number;
  readonly #pageTextBytes: number;
  readonly #pageLayout: NonNullable<TsFileWriterOptions['pageLayout']>;
  readonly #spans = new SpanStatisticsWriter();
  /** Whose chunk group is open. */
  #group: DeviceInFile | undefined;
  #state: 'writing' | 'busy' | 'ended' = 'writing';

  constructor(sink: ByteSink, options: TsFileWriterOptions = {}) {
    const { pageRows = pageRowsDefault, pageTextBytes = pageTextBytesDefault, pageLayout = () => ({}) } = options;
    checkPageRows(pageRows);
    checkPositive('pageTextBytes', pageTextBytes);
    this.#sink = sink;
    this.#pageRows = pageRows;
    this.#pageTextBytes = pageTextBytes;
    this.#pageLayout = pageLayout;
    this.#output = new FileOutput(sink);
    this.#output.pending.raw(magic);
    this.#output.pending.u8(version);
  }

  /** Bytes so far. */
  get sizeBytes(): number {
    return this.#output.position;
  }

  /**
   * Writes one chunk of a series by itself.
   * @param times ascending, each once, and behind those of the series' chunk before.
   * @param column without nulls.
   */
  writeSeries(device: string | DeviceId, schema: SeriesSchema, times: Times, column: Column): Promise<void> {
    return this.#exclusively(() => this.#writeSeries(device, schema, times, column));
  }

  /**
   * Writes one chunk of each of the series of a device that share their times.
   * @param times as of `writeSeries`.
   * @param columns those of the first call for a device, in any order; what is left out of a later call has no values there.
   */
  writeAligned(
    device: string | DeviceId,
    times: Times,
    columns: readonly AlignedColumn[],
    timesCompression: Compression = Compression.LZ4,
  ): Promise<void> {
    return this.#exclusively(() => this.#writeAligned(device, times, columns, timesCompression));
  }

  /** Writes the index and ends the file. */
  finish(): Promise<WrittenFile> {
    return this.#exclusively(async () => {
      this.#state = 'ended';
      const output = this.#output;
      const dataEnd = output.position;
      output.pending.u8(Marker.SEPARATOR);
      await this.#spans.write(output);
      const { roots, bloomFilter } = await this.#index.write(output);
      const metadataOffset = output.position;
      writeFileMetadata({ roots, dataEnd, bloomFilter }, output.pending);
      output.pending.i32(output.position - metadataOffset);
      output.pending.raw(magic);
      await output.drainAll();
      await this.#sink.finish();
      return { sizeBytes: output.position };
    });
  }

  /** Gives the file up: a file on disk is removed. */
  async abort(): Promise<void> {
    this.#state = 'ended';
    await this.#sink.abort();
  }

  async #writeSeries(path: string | DeviceId, schema: SeriesSchema, given: Times, column: Column): Promise<void> {
    const { measurement, dataType } = schema;
    checkSchema(schema);
    checkColumn(dataType, column, given.length);
    if (column.nulls !== undefined) throw argumentError('a series by itself has no nulls: leave those rows out');
    if (!this.#times?.are(given)) this.#times = new CheckedTimes(given);
    const times = this.#times;
    const device = this.#index.deviceFor(deviceIdOf(path), false);
    const series = device.seriesFor('plain', measurement, dataType);
    checkBehind(series, times.values);
    const compression = schema.compression ?? Compression.LZ4;
    const encoding = encodingWithoutEnd(schema.encoding ?? encodingDefaults[dataType], column.values);
    const codec = await loadCodec(compression);
    this.#openGroup(device);
    const offset = this.#output.position;
    const ranges = this.#rangesOf(times.values, [column.values], [{ dataType, encoding }]);
    const spec = { role: 'plain', measurement, dataType, encoding, compression } as const;
    const written = this.#chunks.writeSeries(spec, codec, times, column.values, ranges, this.#output.pending);
    this.#addChunk(series, offset, encoding, written);
    await this.#output.drain();
  }

  async #writeAligned(
    path: string | DeviceId,
    given: Times,
    columns: readonly AlignedColumn[],
    timesCompression: Compression,
  ): Promise<void> {
    const times = new CheckedTimes(given).values;
    for (const { schema, column } of columns) {
      checkSchema(schema);
      checkColumn(schema.dataType, column, times.length);
    }
    const byName = new Map(columns.map((it) => [it.schema.measurement, it]));
    if (byName.size !== columns.length || columns.length === 0) {
      throw argumentError('columns of aligned series must be there, each once');
    }
    const device = this.#index.deviceFor(deviceIdOf(path), true);
    const isFirst = device.series.size === 0;
    const timeSeries = device.seriesFor('time', '', timeColumnType);
    checkBehind(timeSeries, times);
    // Official readers find the chunks that belong together by their numbers.
    if (!isFirst && columns.some(({ schema }) => !device.series.has(schema.measurement))) {
      throw argumentError(`${pathOfDevice(device.id)} has aligned series that its first chunk group did not have`);
    }
    for (const { schema } of columns) device.seriesFor('value', schema.measurement, schema.dataType);
    const ranges = this.#rangesOf(
      times,
      columns.map(({ column }) => column.values),
      columns.map(({ schema: { dataType, encoding = encodingDefaults[dataType] } }) => ({ dataType, encoding })),
    );
    const codec = await loadCodec(timesCompression);
    this.#openGroup(device);
    const timesOffset = this.#output.position;
    const statistics = this.#chunks.writeTimes(timesSpec(timesCompression), codec, times, ranges, this.#output.pending);
    addChunk(timeSeries, { offset: timesOffset, statistics });
    for (const series of device.series.values()) {
      if (series !== timeSeries) await this.#writeValues(series, byName.get(series.measurement), times, ranges);
    }
  }

  async #writeValues(
    series: SeriesInFile,
    given: AlignedColumn | undefined,
    times: BigInt64Array,
    ranges: readonly PageRange[],
  ): Promise<void> {
    const dataType = series.dataType as DataType;
    const compression = given?.schema.compression ?? Compression.LZ4;
    const wished = given?.schema.encoding ?? encodingDefaults[dataType];
    const encoding = given === undefined ? wished : encodingWithoutEnd(wished, given.column.values);
    const codec = await loadCodec(compression);
    const offset = this.#output.position;
    const spec = { role: 'value', measurement: series.measurement, dataType, encoding, compression } as const;
    const written = this.#chunks.writeValues(spec, codec, times, given?.column, ranges, this.#output.pending);
    this.#addChunk(series, offset, encoding, written);
    await this.#output.drain();
  }

  #rangesOf(times: BigInt64Array, columns: readonly Values[], layouts: readonly ColumnLayout[]): PageRange[] {
    const { rows = this.#pageRows, statisticsSpan: span } = this.#pageLayout(times, layouts);
    checkPageRows(rows);
    if (span !== undefined && span <= 0n) throw argumentError('a span must be above 0');
    return pageRanges(times, columns, { rowsMax: rows, textBytes: this.#pageTextBytes, span });
  }

  #addChunk(series: SeriesInFile, offset: number, encoding: Encoding, { statistics, spans }: WrittenChunk): void {
    addChunk(series, { offset, statistics });
    const { dataType } = series;
    // Of a single one the statistics of the chunk tell as much. Their times are read as numbers.
    const areWorthIt = spans.reduce((sum, page) => sum + page.length, 0) > 1 && hasExactTimes(statistics);
    if (areWorthIt && isNumeric(dataType)) this.#spans.add(offset, dataType, encoding, spans);
  }

  #openGroup(device: DeviceInFile): void {
    if (this.#group === device) return;
    this.#group = device;
    this.#output.pending.u8(Marker.CHUNK_GROUP);
    writeDevice(device.id, this.#output.pending);
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#state === 'busy') throw argumentError('the call before has not ended yet');
    if (this.#state === 'ended') throw argumentError('the file has ended');
    this.#state = 'busy';
    try {
      return await work();
    } finally {
      if (this.#state === 'busy') this.#state = 'writing';
    }
  }
}

function checkPositive(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw argumentError(`${name} must be a positive integer`);
}

function checkPageRows(rows: number): void {
  checkPositive('pageRows', rows);
  const { pageRowsMax } = defaultLimits;
  if (rows > pageRowsMax) throw argumentError(`readers take at most ${pageRowsMax} rows of a page`);
}

function hasExactTimes({ startTime, endTime }: Statistics): boolean {
  return Number.isSafeInteger(Number(startTime)) && Number.isSafeInteger(Number(endTime));
}

function deviceIdOf(device: string | DeviceId): DeviceId {
  const id = typeof device === 'string' ? deviceOfPath(device) : device;
  if (id.length === 0 || id.at(-1) === null) throw argumentError('a device has no segments, or ends with none');
  return id;
}

function checkBehind({ measurement, chunks, statistics }: SeriesInFile, times: BigInt64Array): void {
  if (chunks.length > 0 && times[0]! <= statistics.endTime) {
    throw argumentError(`the times of ${measurement || 'aligned series'} do not lie behind those written before`);
  }
}

function checkSchema({ measurement, dataType, encoding }: SeriesSchema): void {
  const size = Buffer.byteLength(measurement);
  if (size === 0 || size > nameBytesMax) throw argumentError(`the name of a measurement has ${size} bytes`);
  if (encoding !== undefined && !encodingsOf[dataType].includes(encoding)) {
    throw argumentError(`${encodingName(encoding)} does not encode ${dataTypeName(dataType)}`);
  }
}
