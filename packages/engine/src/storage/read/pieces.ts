// What an aggregate needs of a series: points, and in their place what statistics tell of them where that is enough.

import { ReusedMemory, type SpanStatistics, type Statistics, type StatisticValue } from '@balsa/tsfile';
import { type Column, DataType } from '@balsa/wire';
import { type Merged, mergeParts, PartMerge } from '../merge/merge-parts.ts';
import type { Spans } from '../merge/part.ts';
import type { SeriesValue } from '../points.ts';
import type { ReadCounters } from './read-counters.ts';
import type { ReadView } from './read-view.ts';

export type Piece = { readonly kind: 'points'; readonly times: Float64Array; readonly column: Column } | SummaryPiece;

/** Of points that all lie in one window, and none of which is superseded or deleted. */
export interface SummaryPiece {
  readonly kind: 'summary';
  /** Times of the first and of the last point. */
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  /** BLOB has none of these. */
  readonly first: SeriesValue | undefined;
  readonly last: SeriesValue | undefined;
  /** Of numbers, DATE, TIMESTAMP and STRING. Not-a-number is passed over unless there is nothing else. */
  readonly min: SeriesValue | undefined;
  readonly max: SeriesValue | undefined;
  /** Of numbers; of BOOLEAN how many are true. Rounded, except of BOOLEAN and INT32 up to 2^53. */
  readonly sum: number | undefined;
}

export interface PieceOptions {
  /** Where windows begin, ascending. */
  readonly cuts?: ArrayLike<number> | undefined;
  readonly byStatistics: boolean;
  readonly descending?: boolean;
  readonly counters: ReadCounters;
  readonly signal: AbortSignal | undefined;
}

/** Each piece is the caller's to keep. */
export async function* readPieces(
  view: ReadView,
  measurement: string,
  type: DataType,
  { cuts = [], byStatistics, ...options }: PieceOptions,
): AsyncGenerator<Piece, void> {
  const parts = await view.parts(measurement, type);
  for await (const merged of mergeParts(parts, {
    ...options,
    cuts: byStatistics ? cuts : undefined,
    type,
    range: view.range,
  })) {
    if (merged.kind !== 'spans') yield pieceOf(merged, type);
    else for (let i = merged.spans.from; i < merged.spans.to; i++) yield spanPiece(merged.spans.statistics, i);
  }
}

/** A piece is there until it returns, or until the promise that it returns is kept; then comes the next. */
export type PieceTaker<Of = Piece> = (piece: Of) => Promise<void> | undefined;

/** Memory for the values of pieces: one for as many as are looked at at the same time. */
const idleMemory: ReusedMemory[] = [];
/** More are not kept. */
const idleMemoryMax = 8;

/** The same pieces in the same order, without a promise or memory for each: what is in memory is handed over as it is decoded. */
export async function takePieces(
  view: ReadView,
  measurement: string,
  type: DataType,
  { cuts = [], byStatistics, ...options }: PieceOptions,
  take: PieceTaker,
): Promise<void> {
  const gathered = view.parts(measurement, type);
  const parts = gathered instanceof Promise ? await gathered : gathered;
  const merge = new PartMerge(parts, { ...options, cuts: byStatistics ? cuts : undefined, type, range: view.range });
  for (;;) {
    // Others may come in between wherever something is waited for, and must not find this one.
    const memory = idleMemory.pop() ?? new ReusedMemory();
    try {
      const merged = merge.next(memory);
      if (merged === undefined) return;
      const waiting = merged instanceof Promise ? merged : takeMerged(merged, type, take);
      if (waiting !== undefined) await waiting;
    } finally {
      if (idleMemory.length < idleMemoryMax) idleMemory.push(memory);
    }
  }
}

function takeMerged(merged: Merged, type: DataType, take: PieceTaker): Promise<void> | undefined {
  return merged.kind === 'spans' ? takeSpans(merged.spans, take) : take(pieceOf(merged, type));
}

/** Without a promise as long as nobody wants one. */
function takeSpans({ statistics, from, to }: Spans, take: PieceTaker): Promise<void> | undefined {
  for (let i = from; i < to; i++) {
    const waiting = take(spanPiece(statistics, i));
    if (waiting !== undefined) return waiting.then(() => takeSpans({ statistics, from: i + 1, to }, take));
  }
  return undefined;
}

function spanPiece(spans: SpanStatistics, i: number): SummaryPiece {
  return {
    kind: 'summary',
    startMs: spans.startTimes[i]!,
    endMs: spans.endTimes[i]!,
    count: spans.counts[i]!,
    first: spans.first[i],
    last: spans.last[i],
    min: spans.min[i],
    max: spans.max[i],
    sum: spans.sums[i],
  };
}

function pieceOf(merged: Exclude<Merged, { readonly kind: 'spans' }>, type: DataType): Piece {
  if (merged.kind === 'points') {
    const { times, values } = merged.points;
    return { kind: 'points', times, column: { values } };
  }
  const { firstMs, lastMs, statistics } = merged.part;
  return { kind: 'summary', startMs: firstMs, endMs: lastMs, ...summaryOf(statistics!, type) };
}

function summaryOf({ count, first, last, min, max, sum }: Statistics, type: DataType) {
  return {
    count,
    first: seriesValueOf(first, type),
    last: seriesValueOf(last, type),
    min: seriesValueOf(min, type),
    max: seriesValueOf(max, type),
    sum: sum === undefined ? undefined : Number(sum),
  };
}

function seriesValueOf(value: StatisticValue | undefined, type: DataType): SeriesValue | undefined {
  if (type === DataType.BLOB || value === undefined) return undefined;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
}
