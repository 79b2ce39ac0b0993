import type { RowOrder } from '../execute/sort-rows.ts';
import type { SelectStatement, SortKey } from '../tree/select.ts';

/** The rows of a result that are needed; `undefined`: all. */
export function rowsWanted({ limit, offset = 0 }: SelectStatement): number | undefined {
  return limit === undefined ? undefined : Math.min(offset + limit, Number.MAX_SAFE_INTEGER);
}

/** Nulls come last unless it is said that they come first. */
export function rowOrderOf({ direction, nulls }: SortKey, column: RowOrder['column']): RowOrder {
  return { column, isDescending: direction === 'descending', areNullsFirst: nulls === 'first' };
}
