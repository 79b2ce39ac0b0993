import { dataTypeName } from '@balsa/wire';
import { expressionText } from '../../text/expression-text.ts';
import type { Expression } from '../../tree/expression.ts';
import type { Path } from '../../tree/path.ts';
import type { SelectStatement } from '../../tree/select.ts';
import type { Table } from '../run-query.ts';
import { bindings, matching, textOfPath } from './bind.ts';
import { callsIn } from './calls.ts';
import { typeOf } from './evaluate.ts';
import { finished, isCountTime, shown } from './finish.ts';
import { type Part, rowsOf } from './rows.ts';
import type { Series } from './series.ts';

export function timeTable(statement: SelectStatement, all: readonly Series[]): Table {
  const from = statement.from.map(textOfPath);
  const levels = statement.groupBy?.levels ?? [];
  const byLevel = (path: Path): string => {
    const nodes = textOfPath(path).split('.');
    return nodes
      .map((node, index) => (index === 0 || levels.includes(index) || index === nodes.length - 1 ? node : '*'))
      .join('.');
  };
  const textOf = (expression: Expression): string =>
    levels.length > 0 ? expressionText(expression, byLevel) : expressionText(expression, textOfPath);
  let found = statement.columns.flatMap(({ expression, alias }) => {
    const bound = bindings(expression, from, all, false);
    const named = bound.map((one) => ({ text: textOf(one), name: alias?.text ?? textOf(one), expression: one }));
    return levels.length === 0
      ? named
      : named.filter(({ text }, at) => named.findIndex((other) => other.text === text) === at);
  });
  const everyExpression = statement.columns.flatMap(({ expression }) => bindings(expression, from, all, false));
  found = found.slice(statement.seriesOffset ?? 0).slice(0, statement.seriesLimit);
  const texts = found.map(({ text }) => text);
  const having = statement.having ? bindings(statement.having, from, all, true) : [];
  const isAggregation = statement.columns.some(({ expression }) => callsIn(expression).length > 0);
  const hasTime = !isAggregation || statement.groupBy?.window !== undefined;
  // One row needs no order, so that nothing is read for it.
  const sorted = (hasTime ? statement.orderBy : []).flatMap(({ by }) =>
    typeof by === 'object' ? [bindings(by, from, all, false)[0]] : [],
  );
  const part: Part = {
    outputs: found.map(({ expression }) => expression),
    sortKeys: sorted,
    where: statement.where ? bindings(statement.where, from, all, true) : [],
    having,
    counted: statement.columns.some(({ expression }) => callsIn(expression).some(isCountTime))
      ? from.flatMap((prefix) => matching(all, `${prefix}.*`))
      : [],
    others: levels.length > 0 ? everyExpression.filter((one) => texts.includes(textOf(one))) : [],
    textOf,
    device: '',
  };
  const byPath = new Map(all.map((series) => [series.path, series]));
  const types = found.map(({ expression }) => typeOf(expression, { byPath }));
  const header = found.map(({ name }, at) => `${name} ${dataTypeName(types[at]!)}`);
  const rows = found.length === 0 ? [] : finished(statement, rowsOf(statement, part, all, types), hasTime);
  return {
    header: hasTime ? ['Time', ...header] : header,
    rows: rows.map(({ time, cells }) => [
      ...(hasTime ? [time] : []),
      ...cells.map((cell, at) => shown(cell, types[at]!)),
    ]),
  };
}
