// One series: the points of one measurement of one device, as a list of chunks that do not overlap and ascend in time.

import {
  type ByteReader,
  type Column,
  type ColumnValues,
  crc32c,
  type DataType,
  nullBytes,
  WireError,
} from '@balsa/wire';
import type { Cells } from './cells.ts';
import {
  appendRun,
  type Chunk,
  chunkPointsMax,
  chunkPointsMin,
  chunkWithout,
  countNewTimes,
  emptyChunk,
  firstTime,
  lastTime,
  lowerBound,
  mergeRun,
  type Run,
  removeRows,
  splitChunk,
} from './chunk.ts';
import { CapturedPoints, readPoints } from './snapshot/points.ts';
import { type RowPicks, runOf } from './tablet-rows.ts';
import type { ValueKind } from './value-kind.ts';

/** Views of consecutive points, ascending in time; valid until the series is written to again. */
export interface Slice<T> {
  readonly times: Float64Array;
  readonly values: Cells<T>;
}

export interface NumberSlice {
  readonly times: Float64Array;
  readonly numbers: ArrayLike<number>;
}

export class Series<T> {
  readonly kind: ValueKind<T>;
  /** Which series of its directory it is, counted in the order of their creation; set when it is added there. */
  ordinal = 0;
  readonly #chunks: Chunk<T>[] = [];
  #points = 0;
  #heapBytes = 0;

  constructor(kind: ValueKind<T>) {
    this.kind = kind;
  }

  /** Distinct timestamps. */
  get points(): number {
    return this.#points;
  }

  /** What the points are billed: a function of the points alone, whatever the order in which they came. */
  get billedBytes(): number {
    return this.#points * (timeBytes + this.kind.cellBytes) + this.#heapBytes;
  }

  accepts(type: DataType): boolean {
    return this.kind.accepts.includes(type);
  }

  /** An upper bound for how much `billedBytes` grows if the picked rows of a column are written. */
  billedBytesMax(values: ColumnValues, picks: RowPicks, rows: number): number {
    const { cellBytes, heapBytes } = this.kind;
    const count = picks === undefined ? rows : picks.length;
    let sum = count * (timeBytes + cellBytes);
    if (heapBytes === undefined) return sum;
    const cells = this.kind.cellsOf(values);
    for (let i = 0; i < count; i++) sum += heapBytes(cells[picks === undefined ? i : picks[i]!]!);
    return sum;
  }

  /** Writes the picked rows of a column of an accepted type. */
  write(timestamps: Float64Array, values: ColumnValues, picks: RowPicks): void {
    const run = runOf(timestamps, this.kind.cellsOf(values), picks, this.kind);
    const end = run.times.length;
    let row = 0;
    while (row < end) {
      const time = run.times[row]!;
      const last = this.#chunks.at(-1);
      const isLatest = last === undefined || time > lastTime(last);
      row = isLatest ? this.#append(run, row) : this.#merge(run, row);
    }
  }

  /** Deletes the points with `startMs <= time < endMs`. */
  deleteRange(startMs: number, endMs: number): void {
    const first = this.#chunkAt(startMs);
    let end = first;
    const kept: Chunk<T>[] = [];
    for (; end < this.#chunks.length && firstTime(this.#chunks[end]!) < endMs; end++) {
      const chunk = this.#chunks[end]!;
      const from = lowerBound(chunk.times, startMs, 0, chunk.count);
      const to = lowerBound(chunk.times, endMs, from, chunk.count);
      if (from === to) {
        kept.push(chunk);
        continue;
      }
      this.#unbill(chunk, from, to);
      if (to - from < chunk.count) kept.push(chunkWithout(chunk, this.kind, from, to));
    }
    if (end > first) this.#chunks.splice(first, end - first, ...kept);
  }

  /** The points with `startMs <= time < endMs`, chunk by chunk. */
  *slices(startMs: number, endMs: number): Generator<Slice<T>, void, undefined> {
    for (let i = this.#chunkAt(startMs); i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!;
      if (firstTime(chunk) >= endMs) return;
      const start = lowerBound(chunk.times, startMs, 0, chunk.count);
      const end = lowerBound(chunk.times, endMs, start, chunk.count);
      if (start < end) yield { times: chunk.times.subarray(start, end), values: chunk.values.subarray(start, end) };
    }
  }

  /** As `slices`, with the values as doubles; without values if they are text. */
  *numbers(startMs: number, endMs: number): Generator<NumberSlice, void, undefined> {
    for (const { times, values } of this.slices(startMs, endMs)) {
      yield { times, numbers: this.kind.numbersOf(values) ?? [] };
    }
  }

  /** The first `limit` times with `startMs <= time < endMs`, ascending. */
  times(startMs: number, endMs: number, limit: number): Float64Array {
    const parts: Float64Array[] = [];
    let count = 0;
    for (const { times } of this.slices(startMs, endMs)) {
      const part = times.subarray(0, limit - count);
      parts.push(part);
      count += part.length;
      if (count === limit) break;
    }
    return concatTimes(parts, count);
  }

  /** The last `limit` times with `startMs <= time < endMs`, ascending. */
  latestTimes(startMs: number, endMs: number, limit: number): Float64Array {
    const parts: Float64Array[] = [];
    let count = 0;
    for (let i = this.#chunks.length === 0 ? -1 : this.#chunkAt(endMs); i >= 0 && count < limit; i--) {
      const chunk = this.#chunks[i]!;
      if (lastTime(chunk) < startMs) break;
      const start = lowerBound(chunk.times, startMs, 0, chunk.count);
      const end = lowerBound(chunk.times, endMs, start, chunk.count);
      const part = chunk.times.subarray(Math.max(start, end - (limit - count)), end);
      parts.push(part);
      count += part.length;
    }
    return concatTimes(parts.reverse(), count);
  }

  /**
   * The values at these times, null where there is none. The times ascend and lack none that the series has between
   * the first and the last of them.
   */
  columnAt(times: Float64Array): Column {
    const rows = times.length;
    const values: Cells<T> & ColumnValues = this.kind.allocate(rows);
    const cells: Cells<T> = values;
    const nulls = new Uint8Array(nullBytes(rows)).fill(0xff);
    let found = 0;
    let row = 0;
    for (const slice of rows === 0 ? [] : this.slices(times[0]!, times[rows - 1]! + 1)) {
      for (let i = 0; i < slice.times.length; i++) {
        const time = slice.times[i]!;
        while (times[row]! < time) row++;
        cells[row] = slice.values[i]!;
        nulls[row >> 3]! &= ~(1 << (row & 7));
        found++;
      }
    }
    return found === rows ? { values } : { values, nulls };
  }

  /** CRC-32C of the times, and of the values: functions of the points alone, not of how they lie in chunks. */
  checksums(): { readonly times: number; readonly values: number } {
    let times = 0;
    let values = 0;
    for (const chunk of this.#chunks) {
      const bytes = new Uint8Array(chunk.times.buffer, chunk.times.byteOffset, chunk.count * timeBytes);
      times = crc32c(bytes, times);
      values = crc32c(this.kind.bytesOf(chunk.values.subarray(0, chunk.count)), values);
    }
    return { times, values };
  }

  /** The points as they are now. What is written later does not show in it. */
  capture(): CapturedPoints<T> {
    const captured = this.#chunks.map((chunk) => {
      chunk.isCaptured = true;
      const { times, values, count } = chunk;
      return { times, values, count };
    });
    return new CapturedPoints(this.kind, captured);
  }

  /** As `slices`, of the points as they are now: what is written later does not show in them. */
  captureSlices(startMs: number, endMs: number): Slice<T>[] {
    const captured: Slice<T>[] = [];
    for (let i = this.#chunkAt(startMs); i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!;
      if (firstTime(chunk) >= endMs) break;
      const start = lowerBound(chunk.times, startMs, 0, chunk.count);
      const end = lowerBound(chunk.times, endMs, start, chunk.count);
      if (start === end) continue;
      chunk.isCaptured = true;
      captured.push({ times: chunk.times.subarray(start, end), values: chunk.values.subarray(start, end) });
    }
    return captured;
  }

  /** The last point before a time; `undefined` if there is none. */
  lastBefore(endMs: number): { readonly timeMs: number; readonly value: T } | undefined {
    // Of the chunk in which that time lies, or of the one before if it begins there.
    for (let i = Math.min(this.#chunkAt(endMs), this.#chunks.length - 1); i >= 0; i--) {
      const { times, values, count } = this.#chunks[i]!;
      const end = lowerBound(times, endMs, 0, count);
      if (end > 0) return { timeMs: times[end - 1]!, value: values[end - 1]! };
    }
    return undefined;
  }

  /** The time of the first point; `undefined` if there is none. */
  get firstMs(): number | undefined {
    const first = this.#chunks[0];
    return first === undefined ? undefined : firstTime(first);
  }

  /** The time of the last point; `undefined` if there is none. */
  get lastMs(): number | undefined {
    const last = this.#chunks.at(-1);
    return last === undefined ? undefined : lastTime(last);
  }

  /** Removes the points with `startMs <= time < endMs`. */
  remove(startMs: number, endMs: number): void {
    for (let i = this.#chunkAt(startMs); i < this.#chunks.length; ) {
      const chunk = this.#chunks[i]!;
      if (firstTime(chunk) >= endMs) return;
      const start = lowerBound(chunk.times, startMs, 0, chunk.count);
      const end = lowerBound(chunk.times, endMs, start, chunk.count);
      this.#points -= end - start;
      const { heapBytes } = this.kind;
      if (heapBytes !== undefined)
        for (let row = start; row < end; row++) this.#heapBytes -= heapBytes(chunk.values[row]!);
      removeRows(chunk, this.kind, start, end);
      if (chunk.count === 0) this.#chunks.splice(i, 1);
      else i++;
    }
  }

  /**
   * Takes over points that were captured, in the order in which they were written.
   * @throws WireError: they cannot follow on those that are there.
   */
  load(bytes: ByteReader): void {
    const { beginsChunk, run } = readPoints(bytes, this.kind);
    const count = run.times.length;
    const last = this.#chunks.at(-1);
    if (last !== undefined && run.times[0]! <= lastTime(last)) {
      throw new WireError('BYTES_MALFORMED', `time ${run.times[0]} cannot follow on ${lastTime(last)}`);
    }
    if (beginsChunk) {
      this.#chunks.push({ ...run, count, isCaptured: false });
    } else if (last !== undefined && last.count + count <= chunkPointsMax) {
      appendRun(last, this.kind, run, 0, count);
    } else {
      throw new WireError('BYTES_MALFORMED', `there is no chunk that ${count} points could go on with`);
    }
    this.#bill(run, 0);
  }

  /** Appends what is left of a run that lies behind the last point. Returns where the run ends. */
  #append(run: Run<T>, start: number): number {
    const end = run.times.length;
    let row = start;
    while (row < end) {
      let tail = this.#chunks.at(-1);
      if (tail === undefined || tail.count === chunkPointsMax) {
        tail = emptyChunk(this.kind, tail === undefined ? chunkPointsMin : chunkPointsMax);
        this.#chunks.push(tail);
      }
      const until = Math.min(end, row + chunkPointsMax - tail.count);
      appendRun(tail, this.kind, run, row, until);
      row = until;
    }
    this.#bill(run, start);
    return end;
  }

  /** Counts in what was appended of a run: all of it from `start` on. */
  #bill({ times, values }: Run<T>, start: number): void {
    this.#points += times.length - start;
    const { heapBytes } = this.kind;
    if (heapBytes === undefined) return;
    for (let i = start; i < times.length; i++) this.#heapBytes += heapBytes(values[i]!);
  }

  /** Counts out the points of a chunk from one position up to another. */
  #unbill({ values }: Chunk<T>, from: number, to: number): void {
    this.#points -= to - from;
    const { heapBytes } = this.kind;
    if (heapBytes === undefined) return;
    for (let i = from; i < to; i++) this.#heapBytes -= heapBytes(values[i]!);
  }

  /** Merges as much of the run as belongs into one chunk and fits there. Returns up to where. */
  #merge(run: Run<T>, start: number): number {
    const position = this.#chunkAt(run.times[start]!);
    const chunk = this.#chunks[position]!;
    const next = this.#chunks[position + 1];
    // What lies behind the last chunk's points is left to be appended.
    const endTime = next === undefined ? lastTime(chunk) + 1 : firstTime(next);
    // Looking at no more rows than a chunk takes keeps a long run into a gap from being counted over and over.
    let end = lowerBound(run.times, endTime, start, Math.min(run.times.length, start + chunkPointsMax));
    let newTimes = countNewTimes(chunk, run, start, end);
    const room = chunkPointsMax - chunk.count;
    if (newTimes > room) {
      if (room < chunkPointsMax / 2) {
        this.#chunks.splice(position + 1, 0, splitChunk(chunk, this.kind));
        return start;
      }
      end = start + room;
      newTimes = countNewTimes(chunk, run, start, end);
    }
    this.#heapBytes += mergeRun(chunk, this.kind, run, start, end, newTimes);
    this.#points += newTimes;
    return end;
  }

  /** Position of the chunk into which a point of this time belongs: the last that does not begin after it. */
  #chunkAt(time: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (firstTime(this.#chunks[middle]!) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const timeBytes = Float64Array.BYTES_PER_ELEMENT;

function concatTimes(parts: readonly Float64Array[], count: number): Float64Array {
  const times = new Float64Array(count);
  let offset = 0;
  for (const part of parts) {
    times.set(part, offset);
    offset += part.length;
  }
  return times;
}
