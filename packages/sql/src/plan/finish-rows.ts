import { cutColumns } from '../execute/cut-columns.ts';
import { limitRows } from '../execute/limit-rows.ts';
import type { QueryContext } from '../execute/query-context.ts';
import type { Rows } from '../execute/rows.ts';
import { type RowOrder, sortRows } from '../execute/sort-rows.ts';
import type { SelectStatement } from '../tree/select.ts';
import { rowsWanted } from './row-order.ts';

/** What is left when the rows have been computed: sorting, unless they are in order; LIMIT and OFFSET; and the keys go. */
export function finishRows(
  context: QueryContext,
  blocks: AsyncGenerator<Rows, void, undefined>,
  statement: SelectStatement,
  order: readonly RowOrder[],
  columns: number,
): AsyncGenerator<Rows, void, undefined> {
  const { limit = Number.POSITIVE_INFINITY, offset = 0 } = statement;
  let rows = blocks;
  if (order.length > 0) rows = sortRows(context, rows, order, rowsWanted(statement));
  if (statement.limit !== undefined || statement.offset !== undefined) rows = limitRows(rows, offset, limit);
  return order.length > 0 ? cutColumns(rows, columns) : rows;
}
