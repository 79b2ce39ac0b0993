// Reads a file by random access: the index first, then only the pages that are asked for.

import { atOnceOrLater } from '../at-once.ts';
import type { Column } from '../column.ts';
import { TsFileError } from '../errors.ts';
import { openFileSource } from '../io/node-files.ts';
import type { ByteSource } from '../io/ports.ts';
import { type DeviceId, deviceOfPath } from '../layout/device-id.ts';
import type { TableSchema } from '../layout/file-metadata.ts';
import type { TsFileVersion } from '../layout/magic.ts';
import type { ChunkMetadata, SeriesMetadata } from '../layout/series-metadata.ts';
import type { SpanStatistics } from '../layout/span-statistics.ts';
import { limitsWith, type TsFileLimits } from '../limits.ts';
import { withoutNulls } from '../present-values.ts';
import { IndexReader } from './index-reader.ts';
import { type FileEnds, readEnds } from './open-file.ts';
import { decodePlainPage, decodeTimePage, decodeValuePage, type StoredPage } from './page-decoder.ts';
import { SpanStatisticsReader } from './span-statistics-reader.ts';
import { type ChunkPlace, readStoredChunk, type StoredChunk, storedChunkAtHand } from './stored-chunk.ts';
import { overlaps, rowsWithin, sliceColumn, type TimeRange } from './time-range.ts';

/** Consecutive rows of a series. */
export interface SeriesBlock {
  readonly times: BigInt64Array;
  /** Without nulls. */
  readonly column: Column;
}

/** Consecutive rows of series that share their times. */
export interface AlignedBlock {
  readonly times: BigInt64Array;
  /** In the order that was asked for; `undefined` where no row has a value. */
  readonly columns: readonly (Column | undefined)[];
}

/**
 * Opens a file on disk.
 * @param limits what reading may cost; `defaultLimits` where absent.
 * @throws TsFileError as `TsFileReader.open`, and the system's errors, such as ENOENT.
 */
export async function openTsFile(path: string, limits: Partial<TsFileLimits> = {}): Promise<TsFileReader> {
  return TsFileReader.open(await openFileSource(path), limits);
}

/**
 * ```ts
 * const reader = await openTsFile('plant.tsfile');
 * for await (const { times, column } of reader.scan('root.plant.line4', 'temperature', { startTime: 1000n })) {
 *   console.log(times, column.values);
 * }
 * await reader.close();
 * ```
 *
 * Nothing but the file's metadata is kept, and a few parts of its index: reads may overlap. Damage is met where it is read, as TsFileError with the place.
 */
export class TsFileReader {
  readonly #source: ByteSource;
  readonly #limits: TsFileLimits;
  readonly #ends: FileEnds;
  readonly #index: IndexReader;
  readonly #spans: SpanStatisticsReader | undefined;

  private constructor(source: ByteSource, ends: FileEnds, limits: TsFileLimits) {
    this.#source = source;
    this.#limits = limits;
    this.#ends = ends;
    this.#index = new IndexReader(source, ends, limits);
    this.#spans = ends.spans && new SpanStatisticsReader(source, ends.spans, limits);
  }

  /**
   * Reads the ends of a file; closes the source if that fails.
   * @throws TsFileError TSFILE_NOT_ONE, TSFILE_TRUNCATED, TSFILE_DAMAGED, TSFILE_UNSUPPORTED, TSFILE_OVER_LIMITS.
   */
  static async open(source: ByteSource, limits: Partial<TsFileLimits> = {}): Promise<TsFileReader> {
    try {
      const all = limitsWith(limits);
      return new TsFileReader(source, await readEnds(source, all), all);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  get version(): TsFileVersion {
    return this.#ends.version;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  /** Bytes of chunk groups, the head of the file included. */
  get dataBytes(): number {
    return this.#ends.metadata.dataEnd;
  }

  /** What `mayHave` asks; some files have none. */
  get bloomFilter(): { readonly sizeBits: number; readonly hashes: number } | undefined {
    const filter = this.#ends.metadata.bloomFilter;
    return filter && { sizeBits: filter.sizeBits, hashes: filter.hashes };
  }

  get properties(): ReadonlyMap<string, string | null> {
    return this.#ends.metadata.properties;
  }

  /** Of files of the table model. */
  get tableSchemas(): readonly TableSchema[] {
    return this.#ends.metadata.tableSchemas;
  }

  /** Devices in the order of the index. */
  devices(): AsyncGenerator<DeviceId, void> {
    return this.#index.devices();
  }

  /** All series of a device; the first is its time column if they are aligned. Nothing if there is no such device. */
  seriesOf(device: string | DeviceId): AsyncGenerator<SeriesMetadata, void> {
    return this.#index.seriesOf(idOf(device));
  }

  /** What the index knows of one series; `undefined` if it is not in the file. */
  async series(device: string | DeviceId, measurement: string): Promise<SeriesMetadata | undefined> {
    const id = idOf(device);
    return this.mayHave(id, measurement) ? this.#index.series(id, measurement) : undefined;
  }

  /**
   * As `series`, for who knows that the file has the device: then looking is cheaper than asking `mayHave` first. At once, if what
   * leads to it was read of late.
   */
  seriesOfKnownDevice(
    device: string | DeviceId,
    measurement: string,
  ): SeriesMetadata | undefined | Promise<SeriesMetadata | undefined> {
    return this.#index.series(idOf(device), measurement);
  }

  /** `false`: the series is certainly not in the file. Reads nothing. */
  mayHave(device: string | DeviceId, measurement: string): boolean {
    return this.#ends.metadata.bloomFilter?.mayHave(idOf(device), measurement) ?? true;
  }

  /** A chunk with its pages, none of them decoded. */
  readChunk(series: SeriesMetadata, chunk: ChunkMetadata): Promise<StoredChunk> {
    return readStoredChunk(this.#placeOf(series), chunk);
  }

  /** The same of a chunk whose bytes the source has at hand; `undefined`: it has to be read. */
  chunkAtHand(series: SeriesMetadata, chunk: ChunkMetadata): StoredChunk | undefined {
    return storedChunkAtHand(this.#placeOf(series), chunk);
  }

  /**
   * What is known of the spans of a chunk, such as its hours, without reading pages; `undefined` if the file has nothing of the kind
   * (see `PageLayout`). At once, if it is at hand.
   */
  spanStatistics(
    series: SeriesMetadata,
    chunk: ChunkMetadata,
  ): SpanStatistics | undefined | Promise<SpanStatistics | undefined> {
    return this.#spans && atOnceOrLater(this.#spans.of(series, chunk));
  }

  /**
   * Rows of a series that have a value, in the order of time, a block per page. Skips what statistics rule out.
   * Of an aligned series too. Nothing if there is no such series.
   */
  async *scan(
    device: string | DeviceId,
    measurement: string,
    range: TimeRange = {},
  ): AsyncGenerator<SeriesBlock, void> {
    const series = await this.series(device, measurement);
    if (series === undefined || series.role === 'time') return;
    if (series.role === 'plain') {
      yield* this.#scanPlain(series, range);
      return;
    }
    for await (const { times, columns } of this.scanAligned(device, [measurement], range)) {
      const [column] = columns;
      if (column !== undefined) yield withoutNulls(times, column);
    }
  }

  /**
   * Rows of aligned series, in the order of time, a block per page. Nothing if the device has no aligned series.
   * @param measurements what to read; those that are not there have no values.
   */
  async *scanAligned(
    device: string | DeviceId,
    measurements: readonly string[],
    range: TimeRange = {},
  ): AsyncGenerator<AlignedBlock, void> {
    const id = idOf(device);
    const times = await this.#index.series(id, '');
    if (times === undefined) return;
    if (times.role !== 'time') throw new TsFileError('TSFILE_DAMAGED', 'a series without a name is no time column');
    const columns: (SeriesMetadata | undefined)[] = [];
    for (const measurement of measurements) columns.push(await this.series(id, measurement));
    for (const [i, chunk] of times.chunks.entries()) {
      if (!overlaps(range, chunk.statistics)) continue;
      const end = times.chunks[i + 1]?.offset ?? this.#ends.metadata.dataEnd;
      yield* this.#scanAlignedChunk(times, chunk, end, columns, range);
    }
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #placeOf({ measurement }: SeriesMetadata): ChunkPlace {
    return { source: this.#source, measurement, dataEnd: this.#ends.metadata.dataEnd, limits: this.#limits };
  }

  async *#scanPlain(series: SeriesMetadata, range: TimeRange): AsyncGenerator<SeriesBlock, void> {
    for (const metadata of series.chunks) {
      if (!overlaps(range, metadata.statistics)) continue;
      const chunk = await this.readChunk(series, metadata);
      expectType(chunk, series);
      for (const page of chunk.pages) {
        if (!mayHaveRows(page, range)) continue;
        const { times, values } = decodePlainPage(page, chunk);
        const [from, to] = rowsWithin(range, times);
        if (from < to) yield { times: times.subarray(from, to), column: sliceColumn({ values }, from, to) };
      }
    }
  }

  async *#scanAlignedChunk(
    series: SeriesMetadata,
    metadata: ChunkMetadata,
    end: number,
    columns: readonly (SeriesMetadata | undefined)[],
    range: TimeRange,
  ): AsyncGenerator<AlignedBlock, void> {
    const timeChunk = await this.readChunk(series, metadata);
    expectType(timeChunk, series);
    const valueChunks: (StoredChunk | undefined)[] = [];
    for (const column of columns) valueChunks.push(await this.#valueChunkOf(column, metadata, end, timeChunk));
    for (const [i, page] of timeChunk.pages.entries()) {
      if (!mayHaveRows(page, range)) continue;
      const times = decodeTimePage(page, timeChunk);
      const [from, to] = rowsWithin(range, times);
      if (from === to) continue;
      const decoded = valueChunks.map((chunk) => {
        const valuePage = chunk?.pages[i];
        const column = chunk && valuePage && decodeValuePage(valuePage, times.length, chunk);
        return column && sliceColumn(column, from, to);
      });
      yield { times: times.subarray(from, to), columns: decoded };
    }
  }

  /** Values lie behind their times, and before the next times of the same device. */
  async #valueChunkOf(
    series: SeriesMetadata | undefined,
    times: ChunkMetadata,
    end: number,
    timeChunk: StoredChunk,
  ): Promise<StoredChunk | undefined> {
    const metadata = series?.chunks.find(({ offset }) => offset > times.offset && offset < end);
    if (series === undefined || metadata === undefined || metadata.statistics.count === 0) return undefined;
    const chunk = await this.readChunk(series, metadata);
    expectType(chunk, series);
    if (chunk.pages.length !== timeChunk.pages.length) {
      const message = `a chunk of values has ${chunk.pages.length} pages where its times have ${timeChunk.pages.length}`;
      throw new TsFileError('TSFILE_DAMAGED', message, { offset: metadata.offset });
    }
    return chunk;
  }
}

function idOf(device: string | DeviceId): DeviceId {
  return typeof device === 'string' ? deviceOfPath(device) : device;
}

function expectType({ chunk, offset }: StoredChunk, series: SeriesMetadata): void {
  if (chunk.dataType === series.dataType && chunk.role === series.role) return;
  throw new TsFileError('TSFILE_DAMAGED', 'a chunk is of another type than its series', { offset });
}

function mayHaveRows({ statistics }: StoredPage, range: TimeRange): boolean {
  return statistics === undefined || overlaps(range, statistics);
}
