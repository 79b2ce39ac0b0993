// Parts of one series become its points, in the order of time, each time once, the latest value of each. Where a part has
// nobody beside it, it goes through as it is, or is told by its statistics; only what overlaps is opened and merged. At any
// moment those parts are open that overlap where the merge has come to.

import type { ValueMemory } from '@balsa/tsfile';
import { allocateValues, type ColumnValues, type DataType } from '@balsa/wire';
import { lowerBound } from '../../chunk.ts';
import { copyValues, mirrored, type Points, slicePoints } from '../points.ts';
import type { ReadCounters } from '../read/read-counters.ts';
import { touches } from '../tombstones/intervals.ts';
import { Heap } from './heap.ts';
import type { Layer, Part, Range, Spans } from './part.ts';

export interface MergeOptions {
  readonly type: DataType;
  readonly range: Range;
  /** The latest point first. */
  readonly descending?: boolean | undefined;
  /** Parts that need not be opened may be told by their statistics, if none of these times, ascending, lies within them. */
  readonly cuts?: ArrayLike<number> | undefined;
  readonly counters: ReadCounters;
  readonly signal?: AbortSignal | undefined;
}

export type Merged =
  | { readonly kind: 'points'; readonly points: Points }
  /** A part all of whose points are there, and nobody else's between them. */
  | { readonly kind: 'part'; readonly part: Part }
  /** The same of spans of a part. */
  | { readonly kind: 'spans'; readonly spans: Spans };

/** Points that are merged row by row come in blocks of at most so many. */
const mergedRowsMax = 4096;

/** A part by where the merge meets it: descending, times have other signs. */
interface Placed {
  readonly part: Part;
  readonly from: number;
  readonly to: number;
}

interface Cursor {
  readonly layer: Layer;
  readonly points: Points;
  at: number;
}

/** Goes through parts. Of a descending merge, the times of each block descend. */
export class PartMerge {
  readonly #options: MergeOptions;
  readonly #isDescending: boolean;
  readonly #waiting = new Heap<Placed>(({ from }) => from);
  #open: Cursor[] = [];

  constructor(parts: readonly Part[], options: MergeOptions) {
    this.#options = options;
    this.#isDescending = options.descending ?? false;
    this.#put(parts);
  }

  /**
   * What comes next, `undefined` at the end; or a promise, if something has to be read first: then ask again when it is kept.
   * @param memory for points that the caller is done with before anybody else uses it; those that are merged have their own.
   */
  next(memory?: ValueMemory): Merged | undefined | Promise<void> {
    const { signal, type, counters } = this.#options;
    for (;;) {
      signal?.throwIfAborted();
      const next = this.#waiting.first;
      if (this.#open.length === 0) {
        if (next === undefined) return undefined;
        this.#waiting.pop();
        const { part } = next;
        const after = this.#waiting.first;
        const isAlone = after === undefined || after.from > next.to;
        if (isAlone && isToldByStatistics(part, this.#options)) {
          countSummary(part, counters);
          return { kind: 'part', part };
        }
        const spans = isAlone ? this.#toldBySpans(part) : undefined;
        if (spans instanceof Promise) return spans;
        if (spans !== undefined) {
          counters.spansSummarized += spans.to - spans.from;
          return { kind: 'spans', spans };
        }
        if (part.pages !== undefined) {
          const reading = this.#putPages(part.pages());
          if (reading !== undefined) return reading;
          continue;
        }
        const points = this.#load(next, isAlone ? memory : undefined);
        if (points.times.length === 0) continue;
        if (isAlone) return { kind: 'points', points: this.#outward(points) };
        this.#open.push({ layer: part.layer, points, at: 0 });
        continue;
      }
      const reached = this.#open.reduce((min, it) => Math.min(min, it.points.times[it.at]!), Number.POSITIVE_INFINITY);
      if (next !== undefined && next.from <= reached) {
        this.#waiting.pop();
        if (next.part.pages !== undefined) {
          const reading = this.#putPages(next.part.pages());
          if (reading !== undefined) return reading;
        } else {
          const points = this.#load(next);
          if (points.times.length > 0) this.#open.push({ layer: next.part.layer, points, at: 0 });
        }
        continue;
      }
      const until = next?.from ?? Number.POSITIVE_INFINITY;
      const [only] = this.#open;
      const points = this.#open.length === 1 ? take(only!, until) : mergeRows(this.#open, until, type);
      this.#open = this.#open.filter(({ at, points: { times } }) => at < times.length);
      return { kind: 'points', points: this.#outward(points) };
    }
  }

  /** The spans of a part that has nobody beside it, if they tell enough. A promise: then the part comes once more. */
  #toldBySpans(part: Part): Spans | undefined | Promise<void> {
    const { cuts } = this.#options;
    if (cuts === undefined || this.#isDescending) return undefined;
    const spans = part.spans?.();
    if (spans instanceof Promise) return spans.then(() => this.#put([part]));
    return spans && spansWithin(spans, part.layer, cuts, this.#options.range);
  }

  /** Now, or when the promise is kept. */
  #putPages(pages: readonly Part[] | Promise<readonly Part[]>): Promise<void> | undefined {
    if (pages instanceof Promise) return pages.then((read) => this.#put(read));
    this.#put(pages);
    return undefined;
  }

  #put(parts: readonly Part[]): void {
    for (const part of parts) {
      const { firstMs, lastMs } = part;
      this.#waiting.push(
        this.#isDescending ? { part, from: -lastMs, to: -firstMs } : { part, from: firstMs, to: lastMs },
      );
    }
  }

  #load({ part }: Placed, memory?: ValueMemory): Points {
    const points = part.load!(memory);
    return this.#isDescending ? mirrored(points, this.#options.type) : points;
  }

  #outward(points: Points): Points {
    if (!this.#isDescending) return points;
    return { times: points.times.map((time) => 0 - time), values: points.values };
  }
}

/** All of a merge, one after the other; each is the caller's to keep. */
export async function* mergeParts(parts: readonly Part[], options: MergeOptions): AsyncGenerator<Merged, void> {
  const merge = new PartMerge(parts, options);
  for (;;) {
    const merged = merge.next();
    if (merged === undefined) return;
    if (merged instanceof Promise) await merged;
    else yield merged;
  }
}

/** What one cursor has before a time, which is something. */
function take(cursor: Cursor, until: number): Points {
  const { times } = cursor.points;
  const from = cursor.at;
  const to = Math.min(lowerBound(times, until, from, times.length), from + mergedRowsMax);
  cursor.at = to;
  return slicePoints(cursor.points, from, to);
}

/** Merges what the cursors have before a time, which is something, up to the end of one of them. */
function mergeRows(open: readonly Cursor[], until: number, type: DataType): Points {
  const times = new Float64Array(mergedRowsMax);
  const values = allocateValues(type, mergedRowsMax);
  let count = 0;
  while (count < mergedRowsMax) {
    let first: Cursor | undefined;
    let firstTime = until;
    let secondTime = until;
    let isShared = false;
    for (const cursor of open) {
      const time = cursor.points.times[cursor.at];
      // Whoever is at its end may have more behind it, in a part that is not open yet.
      if (time === undefined) return cut(times, values, count);
      if (time < firstTime) {
        secondTime = firstTime;
        first = cursor;
        firstTime = time;
        isShared = false;
      } else if (time === firstTime && first !== undefined) {
        isShared = true;
        if (cursor.layer.rank > first.layer.rank) first = cursor;
      } else if (time < secondTime) secondTime = time;
    }
    if (first === undefined) break;
    // All that the first has before anybody else comes. Of a time that several have, one row: it supersedes the others.
    const from = first.at;
    let to = from + 1;
    const limit = isShared ? to : Math.min(first.points.times.length, from + mergedRowsMax - count);
    while (to < limit && first.points.times[to]! < secondTime) to++;
    times.set(first.points.times.subarray(from, to), count);
    copyValues(values, count, first.points.values, from, to);
    count += to - from;
    first.at = to;
    if (!isShared) continue;
    for (const cursor of open) if (cursor !== first && cursor.points.times[cursor.at] === firstTime) cursor.at++;
  }
  return cut(times, values, count);
}

function cut(times: Float64Array, values: ColumnValues, count: number): Points {
  return count === times.length ? { times, values } : slicePoints({ times, values }, 0, count);
}

function isToldByStatistics(part: Part, { cuts, range }: MergeOptions): boolean {
  const { firstMs, lastMs, layer, statistics } = part;
  if (cuts === undefined || statistics === undefined) return false;
  if (firstMs < range.startMs || lastMs >= range.endMs || touches(layer.gone, firstMs, lastMs)) return false;
  return !hasCutWithin(cuts, firstMs, lastMs);
}

/** Those of the range, if each of them lies within it and within one window, and all of its points are there. */
function spansWithin(
  { statistics, from, to }: Spans,
  { gone }: Layer,
  cuts: ArrayLike<number>,
  { startMs, endMs }: Range,
): Spans | undefined {
  const { startTimes, endTimes } = statistics;
  let [first, end] = [from, to];
  while (first < end && endTimes[first]! < startMs) first++;
  while (first < end && startTimes[end - 1]! >= endMs) end--;
  if (first === end || startTimes[first]! < startMs || endTimes[end - 1]! >= endMs) return undefined;
  if (touches(gone, startTimes[first]!, endTimes[end - 1]!)) return undefined;
  for (let i = first; i < end; i++) if (hasCutWithin(cuts, startTimes[i]!, endTimes[i]!)) return undefined;
  return { statistics, from: first, to: end };
}

/** Whether a window begins behind the first and not behind the last time. */
function hasCutWithin(cuts: ArrayLike<number>, firstMs: number, lastMs: number): boolean {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuts[middle]! <= firstMs) low = middle + 1;
    else high = middle;
  }
  return low < cuts.length && cuts[low]! <= lastMs;
}

function countSummary(part: Part, counters: ReadCounters): void {
  if (part.pages === undefined) counters.pagesSummarized++;
  else counters.chunksSummarized++;
}

/** Only the points. */
export async function* pointsOf(
  parts: readonly Part[],
  options: Omit<MergeOptions, 'cuts'>,
): AsyncGenerator<Points, void> {
  for await (const merged of mergeParts(parts, options)) if (merged.kind === 'points') yield merged.points;
}
