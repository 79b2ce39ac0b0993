import { dataTypeName } from '@balsa/wire';
import type { SourceValue } from '../../source/series-source.ts';
import { valueText } from '../../text/value-text.ts';
import type { SelectStatement } from '../../tree/select.ts';
import type { Table } from '../run-query.ts';
import { seriesFor, textOfPath } from './bind.ts';
import { evaluate } from './evaluate.ts';
import type { Series } from './series.ts';

export function lastTable(statement: SelectStatement, all: readonly Series[]): Table {
  const from = statement.from.map(textOfPath);
  const named = statement.columns.flatMap(({ expression, alias }) =>
    expression.kind === 'series'
      ? seriesFor(expression.path, from, all).map((series) => ({ series, name: alias?.text ?? series.path }))
      : [],
  );
  const chosen = named.slice(statement.seriesOffset ?? 0).slice(0, statement.seriesLimit);
  const distinct = chosen.filter(({ series }, at) => chosen.findIndex((other) => other.series === series) === at);
  const byPath = new Map(all.map((series) => [series.path, series]));
  let rows = distinct.flatMap(({ series, name }) => {
    const times = [...series.points.keys()].filter(
      (time) => !statement.where || evaluate(statement.where, time, { byPath }) === true,
    );
    if (times.length === 0) return [];
    const time = Math.max(...times);
    const value = series.points.get(time)!;
    const text = valueText(series.type, (value === true ? 1 : value === false ? 0 : value) as SourceValue);
    return [[time, name, text, dataTypeName(series.type)] as const];
  });
  const [key] = statement.orderBy;
  const sign = key?.direction === 'descending' ? -1 : 1;
  rows = rows.sort((a, b) => (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0) * (key?.by === 'timeseries' ? sign : 1));
  if (key?.by === 'time') rows = rows.sort((a, b) => (a[0] - b[0]) * sign);
  const { offset = 0, limit } = statement;
  return {
    header: ['Time', 'Timeseries TEXT', 'Value TEXT', 'DataType TEXT'],
    rows: rows.slice(offset, limit === undefined ? undefined : offset + limit),
  };
}
