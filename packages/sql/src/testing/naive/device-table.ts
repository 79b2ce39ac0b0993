import { type DataType, dataTypeName } from '@balsa/wire';
import { expressionText } from '../../text/expression-text.ts';
import type { Expression } from '../../tree/expression.ts';
import type { SelectStatement } from '../../tree/select.ts';
import type { Table } from '../run-query.ts';
import { bindings, matching, textOfPath } from './bind.ts';
import { callsIn } from './calls.ts';
import { typeOf } from './evaluate.ts';
import { finished, isCountTime, shown } from './finish.ts';
import { type Part, rowsOf } from './rows.ts';
import type { Series } from './series.ts';

export function deviceTable(statement: SelectStatement, all: readonly Series[]): Table {
  const from = statement.from.map(textOfPath);
  const byPath = new Map(all.map((series) => [series.path, series]));
  const shortText = (expression: Expression): string =>
    expressionText(expression, (path) => textOfPath(path).split('.').at(-1)!);
  const devices = [...new Set(all.map(({ device }) => device))].sort();
  const ofDevice = (device: string): Series[] => {
    const matched = new Set(from.flatMap((prefix) => matching(all, `${prefix}.*`)));
    return all.filter((series) => series.device === device && matched.has(series));
  };
  let outputs = statement.columns.flatMap(({ expression, alias }) => {
    const texts = devices.flatMap((device) => bindings(expression, [device], ofDevice(device), false).map(shortText));
    return [...new Set(texts)].map((text) => ({ text, name: alias?.text ?? text }));
  });
  outputs = outputs.slice(statement.seriesOffset ?? 0).slice(0, statement.seriesLimit);
  const types = new Map<string, DataType>();
  const parts = devices.flatMap((device): Part[] => {
    const series = ofDevice(device);
    const bound = new Map(
      statement.columns
        .flatMap(({ expression }) => bindings(expression, [device], series, false))
        .map((one) => [shortText(one), one] as const),
    );
    for (const [text, one] of bound) types.set(text, typeOf(one, { byPath }));
    if (series.length === 0 || outputs.every(({ text }) => !bound.has(text))) return [];
    const isCounting = statement.columns.some(({ expression }) => callsIn(expression).some(isCountTime));
    return [
      {
        outputs: outputs.map(({ text }) => bound.get(text)),
        sortKeys: statement.orderBy.flatMap(({ by }) =>
          typeof by === 'object' ? [bindings(by, [device], series, false)[0]] : [],
        ),
        where: statement.where ? bindings(statement.where, [device], series, true) : [],
        having: statement.having ? bindings(statement.having, [device], series, true) : [],
        counted: isCounting ? series : [],
        others: [],
        textOf: (expression) => expressionText(expression, textOfPath),
        device,
      },
    ];
  });
  const isAggregation = statement.columns.some(({ expression }) => callsIn(expression).length > 0);
  const hasTime = !isAggregation || statement.groupBy?.window !== undefined;
  const header = ['Device TEXT', ...outputs.map(({ name, text }) => `${name} ${dataTypeName(types.get(text)!)}`)];
  const rows = finished(
    statement,
    parts.flatMap((part) =>
      rowsOf(
        statement,
        part,
        all,
        outputs.map(({ text }) => types.get(text)),
      ),
    ),
    hasTime,
  );
  return {
    header: hasTime ? ['Time', ...header] : header,
    rows: rows.map(({ time, device, cells }) => [
      ...(hasTime ? [time] : []),
      device,
      ...cells.map((cell, at) => shown(cell, types.get(outputs[at]!.text)!)),
    ]),
  };
}
