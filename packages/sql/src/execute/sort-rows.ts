import type { Column } from '@balsa/wire';
import type { Pace, QueryContext } from './query-context.ts';
import { concatRows, pickRows, type Rows, rowNumbers, rowsBytesHeld, rowsPerBlock, sliceRows } from './rows.ts';
import { isNullAt } from './vector/nulls.ts';

export interface RowOrder {
  /** Its place among the columns. */
  readonly column: number | 'time';
  readonly isDescending: boolean;
  readonly areNullsFirst: boolean;
}

type Compare = (left: number, right: number) => number;

/** All rows, sorted; of those that are equal, the first stays first. `wanted`: only that many of them. */
export async function* sortRows(
  context: QueryContext,
  blocks: AsyncGenerator<Rows, void, undefined>,
  order: readonly RowOrder[],
  wanted: number | undefined,
): AsyncGenerator<Rows, void, undefined> {
  const { budget, pace } = context;
  let held: Rows[] = [];
  let bytesHeld = 0;
  let count = 0;
  const hold = (rows: Rows): void => {
    // Twice: sorting makes a copy.
    const bytes = 2 * rowsBytesHeld(rows) + 8 * rows.times.length;
    budget.take(bytes);
    bytesHeld += bytes;
    held.push(rows);
    count += rows.times.length;
  };
  const sortHeld = (): Rows => {
    const sorted = sortedRows(concatRows(held), order, wanted, pace);
    budget.give(bytesHeld);
    held = [];
    bytesHeld = 0;
    count = 0;
    return sorted;
  };
  try {
    for await (const rows of blocks) {
      hold(rows);
      if (wanted !== undefined && count > 2 * Math.max(wanted, 4096)) hold(sortHeld());
    }
    if (count === 0) return;
    const sorted = sortHeld();
    hold(sorted);
    const size = rowsPerBlock(sorted.columns.length);
    for (let from = 0; from < sorted.times.length; from += size) {
      yield sliceRows(sorted, from, Math.min(from + size, sorted.times.length));
    }
  } finally {
    budget.give(bytesHeld);
  }
}

function sortedRows(rows: Rows, order: readonly RowOrder[], wanted: number | undefined, pace: Pace): Rows {
  const compares = order.map((key) => comparing(rows, key));
  const picked = rowNumbers(rows.times.length);
  let comparisons = 0;
  picked.sort((left, right) => {
    // The only long work that cannot be interrupted: at least it is ended when its time is over.
    if ((++comparisons & 0xffff) === 0) pace.check();
    for (const compare of compares) {
      const result = compare(left, right);
      if (result !== 0) return result;
    }
    return left - right;
  });
  return pickRows(rows, wanted === undefined ? picked : picked.subarray(0, wanted));
}

function comparing({ times, columns }: Rows, { column, isDescending, areNullsFirst }: RowOrder): Compare {
  if (column === 'time') return isDescending ? (l, r) => times[r]! - times[l]! : (l, r) => times[l]! - times[r]!;
  const { values, nulls }: Column = columns[column]!;
  const sign = isDescending ? -1 : 1;
  return (left, right) => {
    const isLeftNull = isNullAt(nulls, left);
    const isRightNull = isNullAt(nulls, right);
    if (isLeftNull || isRightNull) return (Number(isRightNull) - Number(isLeftNull)) * (areNullsFirst ? 1 : -1);
    const [one, other] = [values[left]!, values[right]!];
    if (one < other) return -sign;
    if (one > other) return sign;
    // NaN is behind all numbers.
    return (Number(Number.isNaN(one)) - Number(Number.isNaN(other))) * sign;
  };
}
