// What queries read from on this node: the schema as the metadata group has it, and the points of the store. Points that have outlived
// their time are not shown, by the clock of this node.

import {
  type PathPattern as EnginePattern,
  type SchemaRegistry,
  type SeriesSchema,
  type SeriesStore,
  seriesPath,
} from '@balsa/engine';
import type {
  LastPoint,
  LastRequest,
  PathPattern,
  Piece,
  PiecesRequest,
  RowBlock,
  ScanRequest,
  SeriesSource,
  SourceSeries,
  SourceValue,
  TimeSpan,
} from '@balsa/sql';
import { allocateValues, type Column, DataType, isNull, nullBytes } from '@balsa/wire';
import { patternOf } from './paths.ts';

/** Series that are looked for at a time. */
const matchedPerTurn = 1000;
/** Points of one series that are copied at a time. */
const pointsPerPiece = 4096;

export class StoreSource implements SeriesSource {
  readonly #registry: SchemaRegistry;
  readonly #store: SeriesStore;
  readonly #nowMs: number;

  /** `nowMs`, since 1970, is what is now for times to live. */
  constructor(registry: SchemaRegistry, store: SeriesStore, nowMs: number) {
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

  *scan(request: ScanRequest): Generator<RowBlock, void, undefined> {
    const { device, measurements, isDescending, blockRowsMax, rowsHint = blockRowsMax, signal } = request;
    let { startMs, endMs } = this.#alive(device, request);
    const rowsMax = Math.min(blockRowsMax, Math.max(1, rowsHint));
    while (startMs < endMs) {
      signal.throwIfAborted();
      const rows = this.#store.deviceRows({ device, measurements, startMs, endMs, rowsMax, takesLatest: isDescending });
      const { times } = rows;
      if (times.length === 0) return;
      yield {
        times,
        columns: rows.columns.map((column, i) => column ?? this.#nulls(device, measurements[i]!, times.length)),
      };
      if (isDescending) endMs = times.at(-1)!;
      else startMs = times.at(-1)! + 1;
    }
  }

  *pieces(request: PiecesRequest): Generator<Piece, void, undefined> {
    const { device, measurement, signal } = request;
    let { startMs } = this.#alive(device, request);
    const { endMs } = request;
    const measurements = [measurement];
    while (startMs < endMs) {
      signal.throwIfAborted();
      const rows = this.#store.deviceRows({
        device,
        measurements,
        startMs,
        endMs,
        rowsMax: pointsPerPiece,
        takesLatest: false,
      });
      const [column] = rows.columns;
      const { times } = rows;
      if (column === undefined || times.length === 0) return;
      yield { kind: 'points', times, column };
      startMs = times.at(-1)! + 1;
    }
  }

  async last({ device, measurements, signal, ...span }: LastRequest): Promise<readonly (LastPoint | undefined)[]> {
    signal.throwIfAborted();
    const { startMs, endMs } = this.#alive(device, span);
    return measurements.map((measurement) => this.#lastOf(device, measurement, startMs, endMs));
  }

  /** Of the newest point of a series. */
  lastTimeOf({ device, measurement }: SeriesSchema): number | undefined {
    const { startMs, endMs } = this.#alive(device, everything);
    return this.#lastOf(device, measurement, startMs, endMs)?.timeMs;
  }

  #lastOf(device: string, measurement: string, startMs: number, endMs: number): LastPoint | undefined {
    if (startMs >= endMs) return undefined;
    const rows = this.#store.deviceRows({
      device,
      measurements: [measurement],
      startMs,
      endMs,
      rowsMax: 1,
      takesLatest: true,
    });
    const [column] = rows.columns;
    const [timeMs] = rows.times;
    if (column === undefined || timeMs === undefined || isNull(column, 0)) return undefined;
    return { timeMs, value: column.values[0] as SourceValue };
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

const everything: TimeSpan = { startMs: Number.MIN_SAFE_INTEGER, endMs: Number.MAX_SAFE_INTEGER + 1 };
