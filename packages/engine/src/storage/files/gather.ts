// Points and rows come in pieces; chunks of files are made of many.

import { allocateValues, type Column, type ColumnValues, type DataType, isNull, nullBytes } from '@balsa/wire';
import type { RowBlock } from '../merge/join-series.ts';
import { copyValues, type Points, sliceValues } from '../points.ts';

/** Rows of a chunk: what a reader of one page has to fetch at most, and what a writer holds. */
const chunkRows = 32_768;
/** Values of a chunk group of aligned series, which are held at once, and encoded without giving way. */
const chunkValuesMax = 1 << 18;

/** Texts and blobs of a chunk, about, in characters and bytes. */
const chunkTextMax = 4 * 1024 * 1024;

/** Counts texts and blobs, of which a few rows can have very many bytes. */
class TextRoom {
  #taken = 0;

  get isFull(): boolean {
    return this.#taken >= chunkTextMax;
  }

  clear(): void {
    this.#taken = 0;
  }

  /** Up to which of the rows there is room; at least one. */
  take(columns: readonly ColumnValues[], from: number, to: number): number {
    const texts = columns.filter((values) => !ArrayBuffer.isView(values)) as (readonly (string | Uint8Array)[])[];
    if (texts.length === 0) return to;
    let row = from;
    for (; row < to && !this.isFull; row++) for (const values of texts) this.#taken += values[row]!.length;
    return row;
  }
}

export function alignedChunkRows(columns: number): number {
  return Math.max(1024, Math.min(chunkRows, Math.floor(chunkValuesMax / columns)));
}

/** Rows up to a capacity that is only taken as they come. */
class Room {
  capacity = 0;

  grown(needed: number, max: number): number {
    return Math.min(max, Math.max(needed, 2 * this.capacity, 1024));
  }
}

export class PointGatherer {
  readonly #type: DataType;
  readonly #room = new Room();
  readonly #texts = new TextRoom();
  #times = new Float64Array(0);
  #values: Points['values'];
  #count = 0;

  constructor(type: DataType) {
    this.#type = type;
    this.#values = allocateValues(type, 0);
  }

  get count(): number {
    return this.#count;
  }

  /** Takes points from `from` on, as many as there is room for. Returns up to where. */
  add({ times, values }: Points, from: number): number {
    const to = this.#texts.take([values], from, Math.min(times.length, from + chunkRows - this.#count));
    this.#reserve(this.#count + to - from);
    this.#times.set(times.subarray(from, to), this.#count);
    copyValues(this.#values, this.#count, values, from, to);
    this.#count += to - from;
    return to;
  }

  get isFull(): boolean {
    return this.#count === chunkRows || this.#texts.isFull;
  }

  /** What has been gathered, as views that hold until more is added. */
  take(): Points {
    const count = this.#count;
    this.#count = 0;
    this.#texts.clear();
    return { times: this.#times.subarray(0, count), values: sliceValues(this.#values, 0, count) };
  }

  #reserve(count: number): void {
    if (count <= this.#room.capacity) return;
    const capacity = this.#room.grown(count, chunkRows);
    const times = new Float64Array(capacity);
    times.set(this.#times.subarray(0, this.#count));
    const values = allocateValues(this.#type, capacity);
    copyValues(values, 0, this.#values, 0, this.#count);
    this.#times = times;
    this.#values = values;
    this.#room.capacity = capacity;
  }
}

export class RowGatherer {
  readonly #types: readonly DataType[];
  readonly #rowsMax: number;
  readonly #room = new Room();
  readonly #texts = new TextRoom();
  #times = new Float64Array(0);
  #columns: { values: Points['values']; nulls: Uint8Array }[];
  #count = 0;
  #present = 0;

  constructor(types: readonly DataType[]) {
    this.#types = types;
    this.#rowsMax = alignedChunkRows(types.length);
    this.#columns = types.map((type) => ({ values: allocateValues(type, 0), nulls: new Uint8Array(0) }));
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#rowsMax || this.#texts.isFull;
  }

  /** Takes rows from `from` on, as many as there is room for. Returns up to where. */
  add({ times, columns }: RowBlock, from: number): number {
    const given = columns.map(({ values }) => values);
    const to = this.#texts.take(given, from, Math.min(times.length, from + this.#rowsMax - this.#count));
    this.#reserve(this.#count + to - from);
    this.#times.set(times.subarray(from, to), this.#count);
    for (const [i, column] of columns.entries()) {
      const own = this.#columns[i]!;
      copyValues(own.values, this.#count, column.values, from, to);
      this.#present += to - from - this.#copyNulls(own.nulls, column, from, to);
    }
    this.#count += to - from;
    return to;
  }

  /** What has been gathered, as views that hold until more is added, and how many values there are. */
  take(): RowBlock & { readonly present: number } {
    const count = this.#count;
    const present = this.#present;
    this.#count = 0;
    this.#present = 0;
    this.#texts.clear();
    const columns = this.#columns.map(({ values, nulls }): Column => {
      const bitmap = nulls.slice(0, nullBytes(count));
      nulls.fill(0);
      const own = sliceValues(values, 0, count);
      return bitmap.some((byte) => byte !== 0) ? { values: own, nulls: bitmap } : { values: own };
    });
    return { times: this.#times.subarray(0, count), columns, present };
  }

  /** Returns how many rows are null. */
  #copyNulls(target: Uint8Array, column: Column, from: number, to: number): number {
    if (column.nulls === undefined) return 0;
    let found = 0;
    for (let row = from; row < to; row++) {
      if (!isNull(column, row)) continue;
      const at = this.#count + row - from;
      target[at >> 3]! |= 1 << (at & 7);
      found++;
    }
    return found;
  }

  #reserve(count: number): void {
    if (count <= this.#room.capacity) return;
    const capacity = this.#room.grown(count, this.#rowsMax);
    const times = new Float64Array(capacity);
    times.set(this.#times.subarray(0, this.#count));
    this.#times = times;
    this.#columns = this.#columns.map((old, i) => {
      const values = allocateValues(this.#types[i]!, capacity);
      copyValues(values, 0, old.values, 0, this.#count);
      const nulls = new Uint8Array(nullBytes(capacity));
      nulls.set(old.nulls);
      return { values, nulls };
    });
    this.#room.capacity = capacity;
  }
}
