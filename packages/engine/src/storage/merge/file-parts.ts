// The parts of a series that lie in files.

import {
  type ChunkMetadata,
  decodePlainPageNumbers,
  decodeTimePage,
  decodeValuePage,
  numbersOf,
  type SeriesMetadata,
  type SpanStatistics,
  type StoredChunk,
  type StoredPage,
  type TsFileReader,
  type ValueMemory,
  withoutNulls,
} from '@balsa/tsfile';
import type { DataType } from '@balsa/wire';
import { StorageError } from '../errors.ts';
import type { DataFile } from '../files/data-file.ts';
import { memoryValues, type Points } from '../points.ts';
import { covers } from '../tombstones/intervals.ts';
import { type Layer, livePoints, type Part, type PartContext, type Range, type Spans } from './part.ts';

/** A series as it lies in a file. */
export interface SeriesInFile {
  readonly file: DataFile;
  readonly reader: TsFileReader;
  readonly series: SeriesMetadata;
  /** Of a series that shares its times: where these are. */
  readonly times: SharedTimes | undefined;
  /** What an error that was met in the file means for whoever reads it. */
  readonly errorOf: (error: unknown) => unknown;
}

interface PairedChunk {
  readonly values: ChunkMetadata;
  readonly times: ChunkMetadata | undefined;
  readonly spans: ChunkSpans;
}

/** Chunks of the series that may have points in the range. */
export function fileParts(found: SeriesInFile, layer: Layer, context: PartContext): Part[] {
  const parts: Part[] = [];
  const { range, counters } = context;
  const { chunks } = found.series;
  for (let i = 0; i < chunks.length; i++) {
    const values = chunks[i]!;
    const { statistics } = values;
    if (statistics.count === 0) continue;
    const firstMs = Number(statistics.startTime);
    const lastMs = Number(statistics.endTime);
    if (!meets(range, firstMs, lastMs) || covers(layer.gone, firstMs, lastMs)) {
      counters.chunksSkipped++;
      continue;
    }
    const chunk = { values, times: found.times?.series.chunks[i], spans: new ChunkSpans(found, values) };
    parts.push({
      layer,
      firstMs,
      lastMs,
      statistics,
      spans: () => chunk.spans.all(),
      pages: () => guarded(found, () => pagesOf(found, chunk, layer, context)),
    });
  }
  return parts;
}

/** What a file says of the spans of a chunk, read when it is first asked for. */
class ChunkSpans {
  readonly #found: SeriesInFile;
  readonly #chunk: ChunkMetadata;
  #statistics: SpanStatistics | undefined;
  #isKnown = false;

  constructor(found: SeriesInFile, chunk: ChunkMetadata) {
    this.#found = found;
    this.#chunk = chunk;
  }

  all(): Spans | undefined | Promise<Spans | undefined> {
    if (this.#isKnown) return spansOf(this.#statistics);
    return guarded(this.#found, () => {
      const { reader, series } = this.#found;
      const read = reader.spanStatistics(series, this.#chunk);
      return read instanceof Promise ? read.then((statistics) => this.#know(statistics)) : this.#know(read);
    });
  }

  /** `undefined` also if nobody has asked for all: then nothing here is told by spans. */
  ofPage(page: number, pages: number): Spans | undefined {
    const statistics = this.#statistics;
    if (statistics === undefined) return undefined;
    const { pageEnds } = statistics;
    if (pageEnds.length !== pages) throw damaged(this.#found, 'statistics of spans are of another number of pages');
    return { statistics, from: page === 0 ? 0 : pageEnds[page - 1]!, to: pageEnds[page]! };
  }

  #know(statistics: SpanStatistics | undefined): Spans | undefined {
    this.#statistics = statistics;
    this.#isKnown = true;
    return spansOf(statistics);
  }
}

function spansOf(statistics: SpanStatistics | undefined): Spans | undefined {
  return statistics && { statistics, from: 0, to: statistics.counts.length };
}

/** Does what reads a file, now or later. */
function guarded<T>({ errorOf }: SeriesInFile, read: () => T | Promise<T>): T | Promise<T> {
  try {
    const result = read();
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw errorOf(error);
    });
  } catch (error) {
    throw errorOf(error);
  }
}

function pagesOf(
  found: SeriesInFile,
  chunk: PairedChunk,
  layer: Layer,
  context: PartContext,
): Part[] | Promise<Part[]> {
  context.counters.chunksRead++;
  const stored = found.reader.chunkAtHand(found.series, chunk.values);
  if (stored === undefined || chunk.times !== undefined) return readPages(found, chunk, stored, layer, context);
  return pageParts(found, { chunk, stored, timeChunk: undefined }, layer, context);
}

async function readPages(
  found: SeriesInFile,
  chunk: PairedChunk,
  atHand: StoredChunk | undefined,
  layer: Layer,
  context: PartContext,
): Promise<Part[]> {
  const stored = atHand ?? (await found.reader.readChunk(found.series, chunk.values));
  const timeChunk = chunk.times && (await found.times?.chunk(chunk.times));
  return pageParts(found, { chunk, stored, timeChunk }, layer, context);
}

interface ChunkInMemory {
  readonly chunk: PairedChunk;
  readonly stored: StoredChunk;
  readonly timeChunk: StoredChunk | undefined;
}

function pageParts(found: SeriesInFile, inMemory: ChunkInMemory, layer: Layer, context: PartContext): Part[] {
  const { stored, timeChunk } = inMemory;
  const { range, counters, type } = context;
  if (
    stored.chunk.dataType !== found.series.dataType ||
    (timeChunk && timeChunk.pages.length !== stored.pages.length)
  ) {
    throw damaged(found, 'a chunk is another than the index says');
  }
  const parts: Part[] = [];
  for (const [i, page] of stored.pages.entries()) {
    const { statistics } = page;
    if (statistics === undefined || statistics.count === 0) continue;
    const firstMs = Number(statistics.startTime);
    const lastMs = Number(statistics.endTime);
    if (!meets(range, firstMs, lastMs) || covers(layer.gone, firstMs, lastMs)) {
      counters.pagesSkipped++;
      continue;
    }
    const load = (memory?: ValueMemory): Points => {
      counters.pagesRead++;
      try {
        const points = inMemory.chunk.times
          ? alignedPoints(found, inMemory, i, page, memory)
          : plainPoints(page, stored, type, memory);
        return livePoints(points, type, range, layer.gone);
      } catch (error) {
        throw found.errorOf(error);
      }
    };
    const spans = inMemory.chunk.spans.ofPage(i, stored.pages.length);
    parts.push({ layer, firstMs, lastMs, statistics, spans: () => spans, load });
  }
  return parts;
}

function plainPoints(page: StoredPage, chunk: StoredChunk, type: DataType, memory: ValueMemory | undefined): Points {
  const { times, values } = decodePlainPageNumbers(page, chunk, memory);
  return { times, values: memoryValues(type, values) };
}

function alignedPoints(
  found: SeriesInFile,
  { chunk, stored, timeChunk }: ChunkInMemory,
  pageNumber: number,
  page: StoredPage,
  memory: ValueMemory | undefined,
): Points {
  const timePage = timeChunk?.pages[pageNumber];
  if (found.times === undefined || timeChunk === undefined || timePage === undefined || chunk.times === undefined) {
    throw damaged(found, 'values have no times');
  }
  const decoded = found.times.decoded(chunk.times, pageNumber, timePage, timeChunk);
  const column = decodeValuePage(page, decoded.exact.length, stored, memory);
  if (column === undefined) throw damaged(found, 'a page with values has none');
  const type = found.series.dataType as DataType;
  if (column.nulls === undefined) return { times: decoded.numbers, values: memoryValues(type, column.values) };
  const present = withoutNulls(decoded.exact, column);
  return { times: numbersOf(present.times), values: memoryValues(type, present.column.values) };
}

interface DecodedTimes {
  readonly exact: BigInt64Array;
  readonly numbers: Float64Array;
}

/** Series that are read together go through their times side by side, so few are held. */
const timeChunksHeld = 2;
const timePagesHeld = 4;

/** The times of aligned series in one file, read and decoded once for all series that are read together. */
export class SharedTimes {
  readonly series: SeriesMetadata;
  readonly #reader: TsFileReader;
  readonly #chunks = new Map<number, Promise<StoredChunk>>();
  readonly #pages = new Map<string, DecodedTimes>();

  constructor(reader: TsFileReader, series: SeriesMetadata) {
    this.#reader = reader;
    this.series = series;
  }

  chunk(metadata: ChunkMetadata): Promise<StoredChunk> {
    let chunk = this.#chunks.get(metadata.offset);
    if (chunk === undefined) {
      chunk = this.#reader.readChunk(this.series, metadata);
      hold(this.#chunks, metadata.offset, chunk, timeChunksHeld);
    }
    return chunk;
  }

  decoded({ offset }: ChunkMetadata, pageNumber: number, page: StoredPage, chunk: StoredChunk): DecodedTimes {
    const key = `${offset}/${pageNumber}`;
    let times = this.#pages.get(key);
    if (times === undefined) {
      const exact = decodeTimePage(page, chunk);
      times = { exact, numbers: numbersOf(exact) };
      hold(this.#pages, key, times, timePagesHeld);
    }
    return times;
  }
}

function hold<K, V>(held: Map<K, V>, key: K, value: V, max: number): void {
  held.set(key, value);
  for (const oldest of held.keys()) {
    if (held.size <= max) return;
    held.delete(oldest);
  }
}

function meets({ startMs, endMs }: Range, firstMs: number, lastMs: number): boolean {
  return lastMs >= startMs && firstMs < endMs;
}

function damaged({ file }: SeriesInFile, message: string): StorageError {
  return new StorageError('STORAGE_DAMAGED', `${file.name}: ${message}`, { file: file.name });
}
