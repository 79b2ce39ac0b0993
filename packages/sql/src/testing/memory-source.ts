// Series in memory behind the port, answered in small blocks and, if wanted, in summaries, so that tests meet every way in
// which a source may answer. It counts what it was asked.

import { allocateValues, type Column, DataType, nullBytes } from '@balsa/wire';
import { matchesPattern, namesOf } from '../source/path-names.ts';
import type {
  LastPoint,
  LastRequest,
  PathPattern,
  Piece,
  PiecesRequest,
  PieceTaker,
  Points,
  RowBlock,
  ScanRequest,
  SeriesSource,
  SourceSeries,
  SourceValue,
  TimeSpan,
} from '../source/series-source.ts';

/** By device and measurement: the type, and values by time in any order. */
export type MemorySeries = Readonly<
  Record<string, Readonly<Record<string, readonly [DataType, ...(readonly [timeMs: number, value: SourceValue])[]]>>>
>;

export interface MemorySourceOptions {
  /** Rows of a block, and points of a piece, at most. */
  readonly blockRows?: number;
  /** How many points one summary speaks of, at most; 0: no summaries. */
  readonly summaryPoints?: number;
  /** Before each block: other events get their turn. */
  readonly pauses?: boolean;
}

interface Stored {
  readonly series: SourceSeries;
  readonly times: readonly number[];
  readonly values: readonly SourceValue[];
}

export class MemorySource implements SeriesSource {
  readonly #stored: readonly Stored[];
  readonly #blockRows: number;
  readonly #summaryPoints: number;
  readonly #pauses: boolean;
  readonly asked: {
    scans: ScanRequest[];
    pieces: PiecesRequest[];
    lasts: LastRequest[];
    rows: number;
    points: number;
  } = {
    scans: [],
    pieces: [],
    lasts: [],
    rows: 0,
    points: 0,
  };
  /** Readings that have neither come to their end nor been closed. */
  open = 0;

  constructor(series: MemorySeries, { blockRows = 3, summaryPoints = 0, pauses = false }: MemorySourceOptions = {}) {
    this.#blockRows = blockRows;
    this.#summaryPoints = summaryPoints;
    this.#pauses = pauses;
    this.#stored = Object.entries(series)
      .flatMap(([device, measurements]) =>
        Object.entries(measurements).map(([measurement, [dataType, ...points]]) =>
          storedOf({ device, measurement, dataType, isAligned: false }, points),
        ),
      )
      .sort((a, b) => (pathOf(a.series) < pathOf(b.series) ? -1 : 1));
  }

  async *match(patterns: readonly PathPattern[], signal: AbortSignal): AsyncGenerator<readonly SourceSeries[]> {
    const found = this.#stored
      .map(({ series }) => series)
      .filter(({ device, measurement }) => {
        const names = [...namesOf(device), ...namesOf(measurement)];
        return patterns.some((pattern) => matchesPattern(pattern, names));
      });
    for (let from = 0; from < found.length; from += this.#blockRows) {
      await this.#turn(signal);
      yield found.slice(from, from + this.#blockRows);
    }
  }

  async *scan(request: ScanRequest): AsyncGenerator<RowBlock> {
    this.asked.scans.push(request);
    this.open++;
    try {
      const stored = request.measurements.map((measurement) => this.#find(request.device, measurement));
      const byTime = new Map<number, (SourceValue | undefined)[]>();
      for (const [index, { times, values }] of stored.entries()) {
        for (const [at, time] of times.entries()) {
          if (!isWithin(time, request)) continue;
          const row = byTime.get(time) ?? new Array<undefined>(stored.length).fill(undefined);
          row[index] = values[at];
          byTime.set(time, row);
        }
      }
      const rows = [...byTime].sort(([a], [b]) => (request.isDescending ? b - a : a - b));
      const size = Math.min(this.#blockRows, request.blockRowsMax);
      for (let from = 0; from < rows.length; from += size) {
        await this.#turn(request.signal);
        const part = rows.slice(from, from + size);
        this.asked.rows += part.length;
        yield {
          times: Float64Array.from(part, ([time]) => time),
          columns: stored.map(({ series }, index) =>
            columnOf(
              series.dataType,
              part.map(([, row]) => row[index]),
            ),
          ),
        };
      }
    } finally {
      this.open--;
    }
  }

  async eachPiece(request: PiecesRequest, take: PieceTaker): Promise<void> {
    this.asked.pieces.push(request);
    this.open++;
    try {
      const { series, times, values } = this.#find(request.device, request.measurement);
      const within = times.map((_, at) => at).filter((at) => isWithin(times[at]!, request));
      const mayBeSummaries = request.allowsSummaries && this.#summaryPoints > 0;
      let isSummary = mayBeSummaries;
      for (let next = 0; next < within.length; ) {
        await this.#turn(request.signal);
        const sizeMax = isSummary ? this.#summaryPoints : this.#blockRows;
        let part = within.slice(next, next + sizeMax);
        if (isSummary) {
          const cut = request.cuts.find((edge) => edge > times[part[0]!]!) ?? Number.POSITIVE_INFINITY;
          part = part.filter((at) => times[at]! < cut);
        }
        next += part.length;
        if (!isSummary) this.asked.points += part.length;
        const partValues = part.map((at) => values[at]!);
        const partTimes = Float64Array.from(part, (at) => times[at]!);
        const piece: Piece = isSummary
          ? summaryOf(series.dataType, partTimes, partValues)
          : { kind: 'points', times: partTimes, column: columnOf(series.dataType, partValues) };
        await take(piece);
        if (piece.kind === 'points') spoil(piece);
        // Points and summaries in turn.
        isSummary = mayBeSummaries && !isSummary;
      }
    } finally {
      this.open--;
    }
  }

  async last(request: LastRequest): Promise<(LastPoint | undefined)[]> {
    this.asked.lasts.push(request);
    await this.#turn(request.signal);
    return request.measurements.map((measurement) => {
      const { times, values } = this.#find(request.device, measurement);
      const at = times.findLastIndex((time) => isWithin(time, request));
      return at < 0 ? undefined : { timeMs: times[at]!, value: values[at]! };
    });
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#pauses) await new Promise(setImmediate);
    signal.throwIfAborted();
  }

  #find(device: string, measurement: string): Stored {
    const found = this.#stored.find(({ series }) => series.device === device && series.measurement === measurement);
    if (!found) throw new Error(`nobody stored ${device}.${measurement}`);
    return found;
  }
}

/** What statistics say of these points. */
export function summaryOf(dataType: DataType, times: Float64Array, values: readonly SourceValue[]): Piece {
  const isOrdered = dataType !== DataType.BOOLEAN && dataType !== DataType.TEXT;
  const isNumber = isOrdered && dataType !== DataType.STRING && dataType !== DataType.TIMESTAMP;
  const ordered = isOrdered ? values.filter((value) => !Number.isNaN(value)) : [];
  return {
    kind: 'summary',
    startMs: times[0]!,
    endMs: times[times.length - 1]!,
    count: times.length,
    first: values[0]!,
    last: values[values.length - 1]!,
    min: ordered.length > 0 ? ordered.reduce((least, value) => (value < least ? value : least)) : undefined,
    max: ordered.length > 0 ? ordered.reduce((most, value) => (value > most ? value : most)) : undefined,
    sum: isNumber ? values.reduce((sum: number, value) => sum + Number(value), 0) : undefined,
  };
}

export function columnOf(dataType: DataType, cells: readonly (SourceValue | undefined)[]): Column {
  const values = allocateValues(dataType, cells.length);
  const nulls = new Uint8Array(nullBytes(cells.length));
  for (const [row, cell] of cells.entries()) {
    if (cell === undefined) nulls[row >> 3]! |= 1 << (row & 7);
    else (values as SourceValue[])[row] = cell;
  }
  return cells.includes(undefined) ? { values, nulls } : { values };
}

function storedOf(series: SourceSeries, points: readonly (readonly [number, SourceValue])[]): Stored {
  const sorted = [...new Map(points)].sort(([a], [b]) => a - b);
  return { series, times: sorted.map(([time]) => time), values: sorted.map(([, value]) => value) };
}

function pathOf({ device, measurement }: SourceSeries): string {
  return `${device}.${measurement}`;
}

function isWithin(timeMs: number, { startMs, endMs }: TimeSpan): boolean {
  return timeMs >= startMs && timeMs < endMs;
}

/** Nobody may look at points that he has given back. */
function spoil({ times, column: { values } }: Points): void {
  times.fill(Number.NaN);
  if (values instanceof BigInt64Array) values.fill(0x5eed_5eed_5eedn);
  else if (ArrayBuffer.isView(values)) values.fill(0x5eed);
}
