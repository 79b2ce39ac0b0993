// A run of points of one series, strictly ascending in time: the leaf of a series. A leaf is always sorted and holds
// one value per timestamp, so reads change nothing and the state depends on the commands alone.

import type { Cells } from './cells.ts';
import type { ValueKind } from './value-kind.ts';

/** Most points in a chunk: large enough for bulk loops, small enough that a late point moves few bytes. */
export const chunkPointsMax = 2048;
/** Capacity that a series begins with. */
export const chunkPointsMin = 16;

export interface Chunk<T> {
  /** Milliseconds since the epoch; the first `count` are valid. */
  times: Float64Array;
  values: Cells<T>;
  count: number;
  /** A snapshot reads the points that are in these arrays: only behind them may anything be written. */
  isCaptured: boolean;
}

/** Points on their way into a series: strictly ascending in time, `times` and `values` equally long. */
export interface Run<T> {
  readonly times: Float64Array;
  readonly values: Cells<T>;
}

export function emptyChunk<T>(kind: ValueKind<T>, capacity: number): Chunk<T> {
  return { times: new Float64Array(capacity), values: kind.allocate(capacity), count: 0, isCaptured: false };
}

export function firstTime(chunk: Chunk<unknown>): number {
  return chunk.times[0]!;
}

export function lastTime(chunk: Chunk<unknown>): number {
  return chunk.times[chunk.count - 1]!;
}

/** Index of the first of `times[start, end)` that is not below `time`; `end` if there is none. */
export function lowerBound(times: Float64Array, time: number, start: number, end: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Appends `run[start, end)`, all of it later than the chunk's last point. The caller has checked that it fits. */
export function appendRun<T>(chunk: Chunk<T>, kind: ValueKind<T>, run: Run<T>, start: number, end: number): void {
  reserve(chunk, kind, chunk.count + end - start);
  const whole = start === 0 && end === run.times.length;
  chunk.times.set(whole ? run.times : run.times.subarray(start, end), chunk.count);
  chunk.values.set(whole ? run.values : run.values.subarray(start, end), chunk.count);
  chunk.count += end - start;
}

/** How many timestamps of `run[start, end)` the chunk does not hold yet. */
export function countNewTimes<T>(chunk: Chunk<T>, run: Run<T>, start: number, end: number): number {
  let found = 0;
  let from = 0;
  for (let row = start; row < end; row++) {
    from = lowerBound(chunk.times, run.times[row]!, from, chunk.count);
    if (from < chunk.count && chunk.times[from] === run.times[row]) found++;
  }
  return end - start - found;
}

/**
 * Merges `run[start, end)`, of which `newTimes` timestamps are new to the chunk; the values of the others are replaced.
 * Works backwards and in place: each block of points moves once, to where it finally lies. The caller has checked that
 * it fits. Returns by how many bytes the replaced values now take more memory outside the arrays (text does).
 */
export function mergeRun<T>(
  chunk: Chunk<T>,
  kind: ValueKind<T>,
  run: Run<T>,
  start: number,
  end: number,
  newTimes: number,
): number {
  if (chunk.isCaptured) moveInto(chunk, kind, grownCapacity(chunk, chunk.count + newTimes));
  else reserve(chunk, kind, chunk.count + newTimes);
  const { times, values } = chunk;
  const { heapBytes } = kind;
  let grownBytes = 0;
  let unmoved = chunk.count;
  let gap = newTimes;
  chunk.count += newTimes;
  for (let row = end - 1; row >= start; row--) {
    const time = run.times[row]!;
    const value = run.values[row]!;
    const position = lowerBound(times, time, 0, unmoved);
    const replaces = position < unmoved && times[position] === time;
    if (gap > 0) {
      times.copyWithin(position + gap, position, unmoved);
      values.copyWithin(position + gap, position, unmoved);
    }
    unmoved = position;
    if (replaces) {
      if (heapBytes !== undefined) grownBytes += heapBytes(value) - heapBytes(values[position + gap]!);
      values[position + gap] = value;
    } else {
      gap--;
      times[position + gap] = time;
      values[position + gap] = value;
      if (heapBytes !== undefined) grownBytes += heapBytes(value);
    }
  }
  return grownBytes;
}

/** Removes the points from `start` up to `end`. */
export function removeRows<T>(chunk: Chunk<T>, kind: ValueKind<T>, start: number, end: number): void {
  if (start === end) return;
  if (chunk.isCaptured) moveInto(chunk, kind, chunk.times.length);
  chunk.times.copyWithin(start, end, chunk.count);
  chunk.values.copyWithin(start, end, chunk.count);
  chunk.count -= end - start;
}

/** Moves the later half of the chunk into a new one and returns that. */
export function splitChunk<T>(chunk: Chunk<T>, kind: ValueKind<T>): Chunk<T> {
  const middle = chunk.count >>> 1;
  const later = copyOf(chunk, kind, middle, chunk.count);
  const earlier = copyOf(chunk, kind, 0, middle);
  chunk.times = earlier.times;
  chunk.values = earlier.values;
  chunk.count = middle;
  chunk.isCaptured = false;
  return later;
}

/** A chunk of the points that are not in `[start, end)`, in arrays of its own. */
export function chunkWithout<T>(chunk: Chunk<T>, kind: ValueKind<T>, start: number, end: number): Chunk<T> {
  const count = chunk.count - (end - start);
  const rest = emptyChunk(kind, Math.max(count, chunkPointsMin));
  rest.times.set(chunk.times.subarray(0, start));
  rest.times.set(chunk.times.subarray(end, chunk.count), start);
  rest.values.set(chunk.values.subarray(0, start));
  rest.values.set(chunk.values.subarray(end, chunk.count), start);
  rest.count = count;
  return rest;
}

function copyOf<T>(chunk: Chunk<T>, kind: ValueKind<T>, start: number, end: number): Chunk<T> {
  const values = kind.allocate(end - start);
  values.set(chunk.values.subarray(start, end));
  return { times: chunk.times.slice(start, end), values, count: end - start, isCaptured: false };
}

/** Makes room for `count` points. */
function reserve<T>(chunk: Chunk<T>, kind: ValueKind<T>, count: number): void {
  if (count > chunk.times.length) moveInto(chunk, kind, grownCapacity(chunk, count));
}

/** Capacity doubles up to the limit of a chunk, so that small series stay small. */
function grownCapacity(chunk: Chunk<unknown>, count: number): number {
  const capacity = chunk.times.length;
  return count <= capacity ? capacity : Math.min(chunkPointsMax, Math.max(count, capacity * 2));
}

/** Moves the points into new arrays. */
function moveInto<T>(chunk: Chunk<T>, kind: ValueKind<T>, capacity: number): void {
  const times = new Float64Array(capacity);
  times.set(chunk.times);
  const values = kind.allocate(capacity);
  values.set(chunk.values);
  chunk.times = times;
  chunk.values = values;
  chunk.isCaptured = false;
}
