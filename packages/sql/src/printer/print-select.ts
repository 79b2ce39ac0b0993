import { constantText } from '../text/constant-text.ts';
import { durationText } from '../text/duration.ts';
import type { Fill, GroupBy, ResultColumn, SelectStatement, SortKey, TimeRange, TimeWindow } from '../tree/select.ts';
import { sqlExpression, sqlName, sqlPath } from './sql-names.ts';

export function printSelect(statement: SelectStatement): string {
  const { where, groupBy, having, fill, orderBy, limit, offset, seriesLimit, seriesOffset, alignBy } = statement;
  const clauses = [
    `SELECT ${statement.isLast ? 'LAST ' : ''}${statement.columns.map(printColumn).join(', ')}`,
    `FROM ${statement.from.map(sqlPath).join(', ')}`,
    where && printWhere(where),
    groupBy && printGroupBy(groupBy),
    having && `HAVING ${sqlExpression(having)}`,
    fill && printFill(fill),
    orderBy.length > 0 && `ORDER BY ${orderBy.map(printSortKey).join(', ')}`,
    seriesLimit !== undefined && `SLIMIT ${seriesLimit}`,
    seriesOffset !== undefined && `SOFFSET ${seriesOffset}`,
    ...printPage({ limit, offset }),
    alignBy === 'device' && 'ALIGN BY DEVICE',
  ];
  return joined(clauses);
}

export function printWhere(where: NonNullable<SelectStatement['where']>): string {
  return `WHERE ${sqlExpression(where)}`;
}

export function printPage({ limit, offset }: Pick<SelectStatement, 'limit' | 'offset'>): readonly (string | false)[] {
  return [limit !== undefined && `LIMIT ${limit}`, offset !== undefined && `OFFSET ${offset}`];
}

/** The clauses that there are. */
export function joined(clauses: readonly (string | false | undefined)[]): string {
  return clauses.filter((clause) => clause).join(' ');
}

function printColumn({ expression, alias }: ResultColumn): string {
  return `${sqlExpression(expression)}${alias ? ` AS ${sqlName(alias.text)}` : ''}`;
}

function printGroupBy({ window, levels }: GroupBy): string {
  const items = [window && printWindow(window), levels.length > 0 && `LEVEL = ${levels.join(', ')}`];
  return `GROUP BY ${items.filter((item) => item).join(', ')}`;
}

function printWindow({ range, interval, slidingStep }: TimeWindow): string {
  const items = [range && printRange(range), durationText(interval), slidingStep && durationText(slidingStep)];
  return `(${items.filter((item) => item).join(', ')})`;
}

function printRange({ start, end, includes }: TimeRange): string {
  const [open, close] = includes === 'start' ? ['[', ')'] : ['(', ']'];
  return `${open}${constantText(start)}, ${constantText(end)}${close}`;
}

function printFill({ method, within }: Fill): string {
  const value = typeof method === 'string' ? method.toUpperCase() : constantText(method);
  return `FILL(${value}${within ? `, ${durationText(within)}` : ''})`;
}

function printSortKey({ by, direction, nulls }: SortKey): string {
  const key = typeof by === 'string' ? by.toUpperCase() : sqlExpression(by);
  return joined([key, direction === 'descending' && 'DESC', nulls && `NULLS ${nulls.toUpperCase()}`]);
}
