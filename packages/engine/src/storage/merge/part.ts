// What a merge is made of: parts of one series, each from one layer. A layer is a file, all files in order, or a memtable; of
// two points at one time the one of the higher layer is the later.

import type { SpanStatistics, Statistics, ValueMemory } from '@balsa/tsfile';
import { allocateValues, type ColumnValues, type DataType } from '@balsa/wire';
import { lowerBound } from '../../chunk.ts';
import { type Points, type SeriesValue, slicePoints } from '../points.ts';
import type { ReadCounters } from '../read/read-counters.ts';
import { type Intervals, touches } from '../tombstones/intervals.ts';

export interface Layer {
  /** Higher: later values. */
  readonly rank: number;
  /** Times at which it has no points any more. */
  readonly gone: Intervals;
}

export interface Part {
  readonly layer: Layer;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Of all its points, those that are gone included. */
  readonly statistics: Statistics | undefined;
  /** The same of its spans, such as hours, if they are known; the second time at once. */
  readonly spans?: () => Spans | undefined | Promise<Spans | undefined>;
  /** Of a chunk: its pages that have to do with the range, in the order of time. */
  readonly pages?: () => Part[] | Promise<Part[]>;
  /** Of a page: the points within the range that are not gone. May be none. Values go into `memory` if they come from a file. */
  readonly load?: (memory?: ValueMemory) => Points;
}

/** Some neighbouring spans, in the order of time: those of `statistics` from `from` up to and without `to`. */
export interface Spans {
  readonly statistics: SpanStatistics;
  readonly from: number;
  readonly to: number;
}

/** From `startMs` up to and without `endMs`. */
export interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

export interface PartContext {
  readonly type: DataType;
  readonly range: Range;
  readonly counters: ReadCounters;
}

/** Points of a memtable. */
export function memoryPart(points: Points, layer: Layer, { type, range }: PartContext): Part {
  const { times } = points;
  return {
    layer,
    firstMs: times[0]!,
    lastMs: times[times.length - 1]!,
    statistics: undefined,
    load: () => livePoints(points, type, range, layer.gone),
  };
}

/** Those within the range that are not gone: views if they lie side by side. */
export function livePoints(points: Points, type: DataType, { startMs, endMs }: Range, gone: Intervals): Points {
  const { times } = points;
  const from = lowerBound(times, startMs, 0, times.length);
  const to = lowerBound(times, endMs, from, times.length);
  const within = from === 0 && to === times.length ? points : slicePoints(points, from, to);
  if (from === to || !touches(gone, times[from]!, times[to - 1]!)) return within;
  return without(within, type, gone);
}

function without({ times, values }: Points, type: DataType, gone: Intervals): Points {
  const rows = new Int32Array(times.length);
  let count = 0;
  let interval = 0;
  for (let row = 0; row < times.length; row++) {
    const time = times[row]!;
    while (interval < gone.length && gone[interval + 1]! <= time) interval += 2;
    if (interval < gone.length && gone[interval]! <= time) continue;
    rows[count++] = row;
  }
  const kept = new Float64Array(count);
  const cells = allocateValues(type, count) as SeriesValue[];
  for (let i = 0; i < count; i++) {
    kept[i] = times[rows[i]!]!;
    cells[i] = values[rows[i]!]!;
  }
  return { times: kept, values: cells as ColumnValues };
}
