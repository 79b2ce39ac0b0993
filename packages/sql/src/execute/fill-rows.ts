import { type Column, type ColumnValues, DataType } from '@balsa/wire';
import type { SourceValue } from '../source/series-source.ts';
import { durationMs } from '../time/calendar.ts';
import { isTime } from '../time/time-conditions.ts';
import { type Clock, timeOf } from '../time/time-value.ts';
import type { Constant } from '../tree/literal.ts';
import type { Fill } from '../tree/select.ts';
import type { QueryContext } from './query-context.ts';
import { type Rows, rowsBytesHeld, valuesLike } from './rows.ts';
import { isNumeric, isText } from './vector/evaluator.ts';
import { isNullAt, withNulls } from './vector/nulls.ts';

type Blocks = AsyncGenerator<Rows, void, undefined>;

/** Values for the nulls in the first columns, one for each of `types`. What a method cannot fill stays null. */
export function fillRows(context: QueryContext, blocks: Blocks, fill: Fill, types: readonly DataType[]): Blocks {
  if (fill.method === 'previous')
    return fillFromRowBefore(blocks, types.length, fill.within && durationMs(fill.within));
  if (fill.method === 'linear') return fillBetween(context, blocks, types);
  const { method } = fill;
  return fillWithConstant(
    blocks,
    types.map((type) => constantFor(type, method, context)),
  );
}

async function* fillWithConstant(blocks: Blocks, constants: readonly (SourceValue | undefined)[]): Blocks {
  for await (const { times, columns } of blocks) {
    const filled = columns.map((column, index) => {
      const constant = constants[index];
      if (constant === undefined || column.nulls === undefined) return column;
      const values = copyOf(column.values);
      for (let row = 0; row < times.length; row++) {
        if (isNullAt(column.nulls, row)) (values as SourceValue[])[row] = constant;
      }
      return { values };
    });
    yield { times, columns: filled };
  }
}

interface Known {
  readonly timeMs: number;
  readonly value: SourceValue;
}

/** The value of the nearest row before it that has one, in the order of the result, if it is not further away than `withinMs`. */
async function* fillFromRowBefore(blocks: Blocks, count: number, withinMs: number | undefined): Blocks {
  const known = new Array<Known | undefined>(count).fill(undefined);
  for await (const { times, columns } of blocks) {
    const filled = columns.map((column, index) => {
      if (index >= count) return column;
      const values = column.nulls === undefined ? column.values : copyOf(column.values);
      const nulls = column.nulls?.slice();
      for (let row = 0; row < times.length; row++) {
        if (!isNullAt(column.nulls, row)) continue;
        const before =
          row > 0 && !isNullAt(column.nulls, row - 1)
            ? { timeMs: times[row - 1]!, value: values[row - 1]! }
            : known[index];
        known[index] = before;
        if (before === undefined || Math.abs(times[row]! - before.timeMs) > (withinMs ?? Number.POSITIVE_INFINITY))
          continue;
        (values as SourceValue[])[row] = before.value;
        nulls![row >> 3]! &= ~(1 << (row & 7));
      }
      const last = times.length - 1;
      if (!isNullAt(column.nulls, last)) known[index] = { timeMs: times[last]!, value: values[last]! };
      return withNulls(values, nulls);
    });
    yield { times, columns: filled };
  }
}

interface Pending {
  readonly times: Float64Array;
  readonly columns: Column[];
  readonly bytes: number;
}

/** On the line between the values before and behind. A block waits as long as one of its nulls may still be filled. */
async function* fillBetween({ budget }: QueryContext, blocks: Blocks, types: readonly DataType[]): Blocks {
  const gaps = types.flatMap((type, index) => (isNumeric(type) ? [new LinearGap(index, type)] : []));
  let pending: Pending[] = [];
  try {
    for await (const rows of blocks) {
      const bytes = rowsBytesHeld(rows);
      budget.take(bytes);
      pending.push({ times: rows.times, columns: rows.columns.slice(), bytes });
      for (const gap of gaps) gap.take(pending);
      const settled = Math.min(pending.length, ...gaps.map(({ firstOpen }) => firstOpen));
      for (const block of pending.slice(0, settled)) yield block;
      for (const block of pending.slice(0, settled)) budget.give(block.bytes);
      pending = pending.slice(settled);
      for (const gap of gaps) gap.firstOpen -= settled;
    }
    for (const block of pending) yield block;
  } finally {
    for (const { bytes } of pending) budget.give(bytes);
  }
}

/** What is open in one column: the nulls behind its last value. */
class LinearGap {
  readonly #index: number;
  readonly #type: DataType;
  #known: { readonly timeMs: number; readonly value: number } | undefined;
  /** Of the pending blocks, the first that has such nulls. */
  firstOpen = 0;

  constructor(index: number, type: DataType) {
    this.#index = index;
    this.#type = type;
  }

  /** The last of the blocks is new. */
  take(pending: readonly Pending[]): void {
    const { times, columns } = pending[pending.length - 1]!;
    const original = columns[this.#index]!;
    let lastValueAt = -1;
    for (let row = 0; row < times.length; row++) {
      if (isNullAt(original.nulls, row)) continue;
      const next = { timeMs: times[row]!, value: Number(original.values[row]) };
      if (this.#known !== undefined && row !== lastValueAt + 1) this.#fill(pending, lastValueAt + 1, row, next);
      else if (this.#known !== undefined && lastValueAt < 0) this.#fill(pending, 0, 0, next);
      this.#known = next;
      lastValueAt = row;
    }
    if (lastValueAt >= 0) this.firstOpen = pending.length - 1;
    if (this.#known === undefined || lastValueAt === times.length - 1) this.firstOpen = pending.length;
  }

  /** Rows `[from, to)` of the last block, and what is open in those before it. */
  #fill(pending: readonly Pending[], from: number, to: number, next: { timeMs: number; value: number }): void {
    const last = pending.length - 1;
    if (from === 0)
      for (let at = this.firstOpen; at < last; at++) this.#fillBlock(pending[at]!, 0, pending[at]!.times.length, next);
    if (from < to) this.#fillBlock(pending[last]!, from, to, next);
  }

  #fillBlock({ times, columns }: Pending, from: number, to: number, next: { timeMs: number; value: number }): void {
    const column = columns[this.#index]!;
    const known = this.#known!;
    if (column.nulls === undefined) return;
    const values = copyOf(column.values);
    const nulls = column.nulls.slice();
    const slope = (next.value - known.value) / (next.timeMs - known.timeMs);
    for (let row = from; row < to; row++) {
      if (!isNullAt(nulls, row) || !isBetween(times[row]!, known.timeMs, next.timeMs)) continue;
      const value = known.value + slope * (times[row]! - known.timeMs);
      (values as SourceValue[])[row] = numberAs(this.#type, value);
      nulls[row >> 3]! &= ~(1 << (row & 7));
    }
    columns[this.#index] = withNulls(values, nulls);
  }
}

/** Whichever of the two bounds is the earlier. */
function isBetween(timeMs: number, one: number, other: number): boolean {
  return timeMs > Math.min(one, other) && timeMs < Math.max(one, other);
}

/** Integers lose what stands behind the point. */
function numberAs(type: DataType, value: number): SourceValue {
  if (type === DataType.INT64) return BigInt(Math.trunc(value));
  return type === DataType.INT32 ? Math.trunc(value) : value;
}

/** `undefined` if a column of that type cannot hold it. */
function constantFor(type: DataType, constant: Constant, clock: Clock): SourceValue | undefined {
  switch (constant.kind) {
    case 'null':
      return undefined;
    case 'boolean':
      return type === DataType.BOOLEAN ? Number(constant.value) : undefined;
    case 'string':
      return isText(type) ? constant.value : undefined;
    case 'decimal':
      return type === DataType.DOUBLE || type === DataType.FLOAT ? constant.value : undefined;
    default: {
      if (type === DataType.TIMESTAMP) return BigInt(timeOf(constant, clock));
      const value = isTime(constant) && constant.kind !== 'integer' ? BigInt(timeOf(constant, clock)) : constant.value;
      if (type === DataType.INT64) return BigInt.asIntN(64, value) === value ? value : undefined;
      if (type === DataType.INT32) return BigInt.asIntN(32, value) === value ? Number(value) : undefined;
      return isNumeric(type) ? Number(value) : undefined;
    }
  }
}

function copyOf(values: ColumnValues): ColumnValues {
  if (!ArrayBuffer.isView(values)) return values.slice();
  const copy = valuesLike(values, values.length);
  if (copy instanceof BigInt64Array) copy.set(values as BigInt64Array);
  else (copy as Float64Array).set(values as Float64Array);
  return copy;
}
