import type { DataType } from '@balsa/wire';
import { expressionText } from '../../text/expression-text.ts';
import type { Expression, FunctionCall } from '../../tree/expression.ts';
import type { SelectStatement } from '../../tree/select.ts';
import { aggregated } from './aggregate.ts';
import { pathsIn } from './bind.ts';
import { callsIn } from './calls.ts';
import { evaluate } from './evaluate.ts';
import { fillIn } from './fill.ts';
import type { Row } from './row.ts';
import type { Series, Value } from './series.ts';
import { windowsOf } from './windows.ts';

export interface Part {
  readonly outputs: readonly (Expression | undefined)[];
  readonly sortKeys: readonly (Expression | undefined)[];
  readonly where: readonly Expression[];
  readonly having: readonly Expression[];
  readonly counted: readonly Series[];
  readonly others: readonly Expression[];
  readonly textOf: (expression: Expression) => string;
  readonly device: string;
}

export function rowsOf(
  statement: SelectStatement,
  part: Part,
  all: readonly Series[],
  types: readonly (DataType | undefined)[],
): Row[] {
  const byPath = new Map(all.map((series) => [series.path, series]));
  const computed = [...part.outputs, ...part.sortKeys, ...part.having, ...part.others].filter(
    (one) => one !== undefined,
  );
  const involved = [...new Set([...computed, ...part.where].flatMap(pathsIn)), ...part.counted.map(({ path }) => path)];
  const times = [...new Set(involved.flatMap((path) => [...byPath.get(path)!.points.keys()]))].sort((a, b) => a - b);
  const passing = times.filter((time) =>
    part.where.every((condition) => evaluate(condition, time, { byPath }) === true),
  );
  const isDescending = statement.orderBy[0]?.by === 'time' && statement.orderBy[0].direction === 'descending';
  const byDeviceDescending =
    statement.alignBy === 'device' &&
    statement.orderBy[0]?.by === 'device' &&
    statement.orderBy[1]?.by === 'time' &&
    statement.orderBy[1].direction === 'descending';
  let rows: Row[];
  if (computed.flatMap(callsIn).length === 0) {
    rows = passing
      .map((time): Row => {
        const cell = (expression: Expression | undefined): Value =>
          expression === undefined ? null : evaluate(expression, time, { byPath });
        return { time, cells: part.outputs.map(cell), sortCells: part.sortKeys.map(cell), device: part.device };
      })
      .filter(({ cells }) => cells.some((cell) => cell !== null));
  } else {
    rows = windowRowsOf(statement, part, computed, byPath, passing);
  }
  if (isDescending || byDeviceDescending) rows.reverse();
  fillIn(statement, rows, types);
  return rows;
}

function windowRowsOf(
  statement: SelectStatement,
  part: Part,
  computed: readonly Expression[],
  byPath: ReadonlyMap<string, Series>,
  passing: readonly number[],
): Row[] {
  const instances = new Map<string, Map<string, FunctionCall>>();
  for (const call of computed.flatMap(callsIn)) {
    const key = part.textOf(call);
    instances.set(key, (instances.get(key) ?? new Map()).set(expressionText(call), call));
  }
  const rows: Row[] = [];
  for (const { label, start, end } of windowsOf(statement, passing)) {
    const within = passing.filter((time) => time >= start && time < end);
    const aggregate = (call: FunctionCall): Value => {
      const alike = [...instances.get(part.textOf(call))!.values()];
      return aggregated(
        call,
        alike.map((one) => within.map((time) => ({ time, values: argumentsAt(one, time, part.counted, byPath) }))),
      );
    };
    const cell = (expression: Expression | undefined): Value =>
      expression === undefined ? null : evaluate(expression, label, { byPath, aggregate });
    if (!part.having.every((condition) => cell(condition) === true)) continue;
    rows.push({ time: label, cells: part.outputs.map(cell), sortCells: part.sortKeys.map(cell), device: part.device });
  }
  return rows;
}

function argumentsAt(
  call: FunctionCall,
  time: number,
  counted: readonly Series[],
  byPath: ReadonlyMap<string, Series>,
): readonly Value[] {
  if (/^count_time$/i.test(call.function.text)) return counted.map(({ points }) => points.get(time) ?? null);
  const values = /_by$/i.test(call.function.text) ? call.arguments : call.arguments.slice(0, 1);
  return values.map((operand) => evaluate(operand, time, { byPath }));
}
