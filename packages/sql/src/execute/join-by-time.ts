// Rows of several devices become rows of all of them: one for each time at which any of them has one.

import { allocateValues, type Column, type ColumnValues, type DataType, nullBytes } from '@balsa/wire';
import type { SourceValue } from '../source/series-source.ts';
import type { QueryContext } from './query-context.ts';
import { type Rows, rowsBytesHeld, rowsPerBlock } from './rows.ts';

export interface JoinInput {
  readonly rows: AsyncGenerator<Rows, void, undefined>;
  readonly dataTypes: readonly DataType[];
}

/** An input, and what has come of it and is not used up. */
interface Cursor {
  readonly input: JoinInput;
  /** The first of its columns among those of the result. */
  readonly firstColumn: number;
  block: Rows | undefined;
  at: number;
}

/** The columns of all inputs, one input after the other; null where an input has no row. */
export async function* joinByTime(
  context: QueryContext,
  inputs: readonly JoinInput[],
  isDescending: boolean,
): AsyncGenerator<Rows, void, undefined> {
  if (inputs.length === 1) {
    yield* inputs[0]!.rows;
    return;
  }
  const dataTypes = inputs.flatMap((input) => input.dataTypes);
  const rowsMax = rowsPerBlock(dataTypes.length);
  let firstColumn = 0;
  let cursors = inputs.map((input): Cursor => {
    const cursor = { input, firstColumn, block: undefined, at: 0 };
    firstColumn += input.dataTypes.length;
    return cursor;
  });
  try {
    for (;;) {
      await refill(cursors);
      cursors = cursors.filter(({ block }) => block !== undefined);
      if (cursors.length === 0) return;
      // However the rows lie, that many of each input make no more than fit into a block, or one of each.
      const rowsEach = Math.max(1, Math.floor(rowsMax / cursors.length));
      const horizon = horizonOf(cursors, rowsEach, isDescending);
      const joined = joinUpTo(cursors, horizon, dataTypes, isDescending);
      const bytes = rowsBytesHeld(joined);
      context.budget.take(bytes);
      try {
        await context.pace.after(joined.times.length * dataTypes.length);
        yield joined;
      } finally {
        context.budget.give(bytes);
      }
    }
  } finally {
    await Promise.all(inputs.map(({ rows }) => rows.return()));
  }
}

/** Together, so that sources that are far away are waited for only once. */
async function refill(cursors: readonly Cursor[]): Promise<void> {
  const empty = cursors.filter(({ block, at }) => block === undefined || at === block.times.length);
  const results = await Promise.allSettled(empty.map(({ input }) => input.rows.next()));
  for (const [index, result] of results.entries()) {
    if (result.status === 'rejected') throw result.reason;
    const cursor = empty[index]!;
    cursor.block = result.value.value ?? undefined;
    cursor.at = 0;
  }
}

/** Up to this time, included, all rows are at hand, and no more than `rowsEach` of each input are used. */
function horizonOf(cursors: readonly Cursor[], rowsEach: number, isDescending: boolean): number {
  let horizon = isDescending ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  for (const { block, at } of cursors) {
    const { times } = block!;
    const time = times[Math.min(at + rowsEach, times.length) - 1]!;
    horizon = isDescending ? Math.max(horizon, time) : Math.min(horizon, time);
  }
  return horizon;
}

function joinUpTo(
  cursors: readonly Cursor[],
  horizon: number,
  dataTypes: readonly DataType[],
  isDescending: boolean,
): Rows {
  const ends = cursors.map(({ block, at }) => endBehind(block!.times, at, horizon, isDescending));
  const times = unionOfTimes(cursors, ends, isDescending);
  const columns: (Column | undefined)[] = dataTypes.map(() => undefined);
  for (const [index, cursor] of cursors.entries()) {
    const places = placesIn(times, cursor.block!.times, cursor.at, ends[index]!);
    for (const [offset, column] of cursor.block!.columns.entries()) {
      const target = cursor.firstColumn + offset;
      columns[target] = scattered(column, cursor.at, places, dataTypes[target]!, times.length);
    }
    cursor.at = ends[index]!;
  }
  const missing = new Uint8Array(nullBytes(times.length)).fill(0xff);
  return {
    times,
    columns: columns.map(
      (column, index) => column ?? { values: allocateValues(dataTypes[index]!, times.length), nulls: missing },
    ),
  };
}

function endBehind(times: Float64Array, from: number, horizon: number, isDescending: boolean): number {
  let end = from;
  if (isDescending) while (end < times.length && times[end]! >= horizon) end++;
  else while (end < times.length && times[end]! <= horizon) end++;
  return end;
}

function unionOfTimes(cursors: readonly Cursor[], ends: readonly number[], isDescending: boolean): Float64Array {
  let parts = cursors.map(({ block, at }, index) => block!.times.subarray(at, ends[index]!));
  // In pairs, so that a time is looked at no more often than the inputs can be halved.
  while (parts.length > 1) {
    const pairs: Float64Array[] = [];
    for (let part = 0; part < parts.length; part += 2) {
      const other = parts[part + 1];
      pairs.push(other === undefined ? parts[part]! : unionOfTwo(parts[part]!, other, isDescending));
    }
    parts = pairs;
  }
  return parts[0]!;
}

function unionOfTwo(left: Float64Array, right: Float64Array, isDescending: boolean): Float64Array {
  const union = new Float64Array(left.length + right.length);
  let count = 0;
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const one = left[l]!;
    const other = right[r]!;
    const isLeftFirst = isDescending ? one >= other : one <= other;
    union[count++] = isLeftFirst ? one : other;
    if (isLeftFirst) l++;
    if (!isLeftFirst || one === other) r++;
  }
  while (l < left.length) union[count++] = left[l++]!;
  while (r < right.length) union[count++] = right[r++]!;
  return union.subarray(0, count);
}

/** Where rows `[from, to)` of a block stand in the result, which holds all their times in the same order. */
function placesIn(times: Float64Array, blockTimes: Float64Array, from: number, to: number): Uint32Array {
  const places = new Uint32Array(to - from);
  let place = 0;
  for (let row = from; row < to; row++) {
    while (times[place] !== blockTimes[row]) place++;
    places[row - from] = place;
  }
  return places;
}

function scattered(column: Column, from: number, places: Uint32Array, dataType: DataType, rows: number): Column {
  const values = allocateValues(dataType, rows);
  const nulls = new Uint8Array(nullBytes(rows)).fill(0xff);
  copyScattered(column.values, from, values, places);
  for (let index = 0; index < places.length; index++) {
    const row = from + index;
    if (column.nulls !== undefined && (column.nulls[row >> 3]! & (1 << (row & 7))) !== 0) continue;
    const place = places[index]!;
    nulls[place >> 3]! &= ~(1 << (place & 7));
  }
  return { values, nulls };
}

function copyScattered(from: ColumnValues, first: number, to: ColumnValues, places: Uint32Array): void {
  if (from instanceof Float64Array) {
    const target = to as Float64Array;
    for (let index = 0; index < places.length; index++) target[places[index]!] = from[first + index]!;
  } else if (from instanceof BigInt64Array) {
    const target = to as BigInt64Array;
    for (let index = 0; index < places.length; index++) target[places[index]!] = from[first + index]!;
  } else if (ArrayBuffer.isView(from)) {
    const target = to as Float32Array | Int32Array | Uint8Array;
    for (let index = 0; index < places.length; index++) target[places[index]!] = from[first + index]!;
  } else {
    const target = to as SourceValue[];
    for (let index = 0; index < places.length; index++) target[places[index]!] = from[first + index]!;
  }
}
