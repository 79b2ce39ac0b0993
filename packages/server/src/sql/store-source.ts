// What queries read from on this node: the schema as the metadata group has it, and the points as the data group has stored them. A
// series that was registered and never written to is not known there. Points that have outlived their time are not shown, by the
// clock of this node.

import { type PathPattern as EnginePattern, type SchemaRegistry, type SeriesSchema, seriesPath } from '@balsa/engine';
import {
  type LastPoint,
  type LastRequest,
  type PathPattern,
  type PiecesRequest,
  type PieceTaker,
  type RowBlock,
  type ScanRequest,
  type SeriesSource,
  type SourceSeries,
  sliceRows,
  summaryOf,
  type TimeSpan,
} from '@balsa/sql';
import { allocateValues, type Column, type ColumnValues, DataType, nullBytes } from '@balsa/wire';
import type { ReadableStore } from '../store/readable-store.ts';
import { patternOf } from './paths.ts';

/** Series that are looked for at a time. */
const matchedPerTurn = 1000;

export class StoreSource implements SeriesSource {
  readonly #registry: SchemaRegistry;
  readonly #store: ReadableStore;
  readonly #nowMs: number;

  /** `nowMs`, since 1970, is what is now for times to live. */
  constructor(registry: SchemaRegistry, store: ReadableStore, nowMs: number) {
    this.#registry = registry;
    this.#store = store;
    this.#nowMs = nowMs;
  }

  *match(patterns: readonly PathPattern[], signal: AbortSignal): Generator<readonly SourceSeries[], void, undefined> {
    const wanted = patterns.map((nodes) => patternOf({ isAbsolute: true, nodes, span: { start: 0, end: 0 } }));
    // A command that is applied between two turns may change the tree: what is looked for is found at once.
    const found = wanted.length === 1 ? [...this.#registry.matchSeries(wanted[0]!)] : this.#matchAll(wanted);
    for (let at = 0; at < found.length; at += matchedPerTurn) {
      signal.throwIfAborted();
      yield found.slice(at, at + matchedPerTurn).map(({ device, measurement, dataType, isAligned }) => {
        return { device, measurement, dataType, isAligned };
      });
    }
  }

  async *scan(request: ScanRequest): AsyncGenerator<RowBlock, void, undefined> {
    const { device, measurements, isDescending: descending, blockRowsMax, rowsHint = blockRowsMax, signal } = request;
    signal.throwIfAborted();
    const { startMs, endMs } = this.#alive(device, request);
    const store = this.#store();
    const present = measurements.filter((measurement) => store.dataTypeOf(device, measurement) !== undefined);
    if (startMs >= endMs || present.length === 0) return;
    const columnOf = measurements.map((measurement) => present.indexOf(measurement));
    const rowsMax = Math.min(blockRowsMax, Math.max(1, rowsHint));
    for await (const block of store.scan({ device, measurements: present, startMs, endMs, descending, signal })) {
      for (let from = 0; from < block.times.length; from += rowsMax) {
        const { times, columns } = sliceRows(block, from, Math.min(block.times.length, from + rowsMax));
        yield {
          times,
          columns: columnOf.map((at, i) => {
            const column = columns[at];
            return column === undefined ? this.#nulls(device, measurements[i]!, times.length) : plain(column);
          }),
        };
      }
    }
  }

  async eachPiece(request: PiecesRequest, take: PieceTaker): Promise<void> {
    const { device, measurement, cuts, allowsSummaries, signal } = request;
    signal.throwIfAborted();
    const { startMs, endMs } = this.#alive(device, request);
    const store = this.#store();
    const type = store.dataTypeOf(device, measurement);
    if (startMs >= endMs || type === undefined) return;
    // Of blobs, statistics do not know the first and the last.
    if (!allowsSummaries || type === DataType.BLOB) {
      await this.#takePoints({ device, measurement, startMs, endMs, signal }, type, take);
      return;
    }
    await store.eachPiece({ device, measurement, startMs, endMs, cuts, signal }, (piece) => {
      if (piece.kind === 'points') return take({ kind: 'points', times: piece.times, column: plain(piece.column) });
      const summary = summaryOf(piece, type);
      if (summary !== undefined) return take(summary);
      const span = { startMs: piece.startMs, endMs: piece.endMs + 1 };
      return this.#takePoints({ device, measurement, ...span, signal }, type, take);
    });
  }

  async last({ device, measurements, signal, ...span }: LastRequest): Promise<readonly (LastPoint | undefined)[]> {
    signal.throwIfAborted();
    const { startMs, endMs } = this.#alive(device, span);
    const store = this.#store();
    const present = measurements.filter((measurement) => store.dataTypeOf(device, measurement) !== undefined);
    if (startMs >= endMs || present.length === 0) return measurements.map(() => undefined);
    const newest = await store.last(device, present, signal);
    const found = new Map<string, LastPoint | undefined>();
    for (const [i, measurement] of present.entries()) {
      const last = newest[i];
      if (last === undefined || last.timeMs < startMs) continue;
      const isWithin = last.timeMs < endMs;
      found.set(measurement, isWithin ? last : await this.#lastWithin(device, measurement, { startMs, endMs }, signal));
    }
    return measurements.map((measurement) => found.get(measurement));
  }

  /** Of the newest point of a series. */
  async lastTimeOf(
    { device, measurement }: SeriesSchema,
    signal: AbortSignal = neverAborted,
  ): Promise<number | undefined> {
    const [last] = await this.last({ device, measurements: [measurement], signal, ...everything });
    return last?.timeMs;
  }

  async #lastWithin(
    device: string,
    measurement: string,
    span: TimeSpan,
    signal: AbortSignal,
  ): Promise<LastPoint | undefined> {
    const request = { device, measurements: [measurement], ...span, blockRowsMax: 1, signal };
    for await (const { times, columns } of this.scan({ ...request, isDescending: true })) {
      return { timeMs: times[0]!, value: columns[0]!.values[0]! };
    }
    return undefined;
  }

  /** Of a series that is still there. */
  async #takePoints(
    { measurement, ...request }: TimeSpan & Pick<PiecesRequest, 'device' | 'measurement' | 'signal'>,
    type: DataType,
    take: PieceTaker,
  ): Promise<void> {
    const store = this.#store();
    if (store.dataTypeOf(request.device, measurement) !== type) return;
    for await (const { times, columns } of store.scan({ ...request, measurements: [measurement] })) {
      await take({ kind: 'points', times, column: plain(columns[0]!) });
    }
  }

  #matchAll(patterns: readonly EnginePattern[]): SeriesSchema[] {
    const found = new Set(patterns.flatMap((pattern) => [...this.#registry.matchSeries(pattern)]));
    const byPath = [...found].map((series): [string, SeriesSchema] => [seriesPath(series), series]);
    return byPath.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, series]) => series);
  }

  #alive(device: string, { startMs, endMs }: TimeSpan): TimeSpan {
    const ttlMs = this.#registry.ttlMsOf(device);
    return { startMs: ttlMs === undefined ? startMs : Math.max(startMs, this.#nowMs - ttlMs), endMs };
  }

  #nulls(device: string, measurement: string, rows: number): Column {
    const type = this.#registry.dataTypeOf(device, measurement) ?? DataType.DOUBLE;
    return { values: allocateValues(type, rows), nulls: new Uint8Array(nullBytes(rows)).fill(0xff) };
  }
}

/** Texts and blobs that memory has as cells of its own become the array that others have. */
function plain(column: Column): Column {
  const { values } = column;
  if (ArrayBuffer.isView(values) || values.constructor === Array) return column;
  return { ...column, values: Array.from<unknown>(values) as ColumnValues };
}

const everything: TimeSpan = { startMs: Number.MIN_SAFE_INTEGER, endMs: Number.MAX_SAFE_INTEGER + 1 };
const neverAborted: AbortSignal = new AbortController().signal;
