// What is wrong with a query whatever is stored.

import { StatementError } from '../statement-error.ts';
import type { SelectStatement } from '../tree/select.ts';
import { aggregateOf, aggregatesIn } from './aggregate-names.ts';
import { seriesOperandsOf } from './series-operands.ts';

/** @throws StatementError STATEMENT_INVALID, STATEMENT_UNSUPPORTED. */
export function checkSelect(statement: SelectStatement): void {
  const { columns, groupBy, having, alignBy, isLast, orderBy } = statement;
  for (const { expression, span } of columns) {
    const countsRows = aggregatesIn(expression).some((call) => aggregateOf(call) === 'count_time');
    if (seriesOperandsOf(expression).length === 0 && !countsRows) {
      throw new StatementError('STATEMENT_INVALID', 'a column of a result speaks of at least one series', span);
    }
  }
  for (const { by, span } of orderBy) {
    if (by === 'timeseries' && !isLast) {
      throw new StatementError('STATEMENT_INVALID', 'only SELECT LAST has a column of timeseries to order by', span);
    }
    if (by === 'device' && alignBy !== 'device') {
      throw new StatementError('STATEMENT_INVALID', 'only ALIGN BY DEVICE has a column of devices to order by', span);
    }
  }
  if (isLast) checkLast(statement);
  else if (!isAggregation(statement)) {
    const clause = groupBy ?? having;
    if (clause !== undefined) {
      throw new StatementError('STATEMENT_INVALID', 'without an aggregation there is nothing to group', clause.span);
    }
  }
  if (groupBy !== undefined && groupBy.levels.length > 0 && alignBy === 'device') {
    const reason = 'rows that are grouped by level are not those of devices';
    throw new StatementError('STATEMENT_INVALID', reason, groupBy.span);
  }
}

export function isAggregation({ columns }: SelectStatement): boolean {
  return columns.some(({ expression }) => aggregatesIn(expression).length > 0);
}

function checkLast({ columns, groupBy, having, fill, alignBy, orderBy, span }: SelectStatement): void {
  const other = columns.find(({ expression }) => expression.kind !== 'series');
  if (other) throw new StatementError('STATEMENT_INVALID', 'SELECT LAST takes series as they are', other.span);
  const clause = groupBy ?? having ?? fill;
  if (clause || alignBy === 'device') {
    const reason = 'SELECT LAST goes with FROM, WHERE, ORDER BY, LIMIT and SLIMIT only';
    throw new StatementError('STATEMENT_INVALID', reason, clause?.span ?? span);
  }
  const key = orderBy.find(({ by }) => by !== 'timeseries' && by !== 'time');
  if (key) throw new StatementError('STATEMENT_INVALID', 'SELECT LAST is ordered by timeseries or time', key.span);
}
