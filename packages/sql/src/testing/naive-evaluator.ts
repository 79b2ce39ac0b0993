// What a query means, computed the slow way: over maps, one row after another, with nothing of the executor but its names.
// Integers are bigints here, whatever their type, so that nothing is rounded.

import { DataType, dataTypeName } from '@balsa/wire';
import type { SourceValue } from '../source/series-source.ts';
import { expressionText } from '../text/expression-text.ts';
import { valueText } from '../text/value-text.ts';
import type { Expression, FunctionCall } from '../tree/expression.ts';
import type { Duration, TimeExpression } from '../tree/literal.ts';
import type { Path } from '../tree/path.ts';
import type { SelectStatement } from '../tree/select.ts';
import { operandsOf } from '../tree/walk-expression.ts';
import type { MemorySeries } from './memory-source.ts';
import type { Cell, Table } from './run-query.ts';

type Value = bigint | number | string | boolean | null;

interface Series {
  readonly device: string;
  readonly path: string;
  readonly type: DataType;
  readonly points: ReadonlyMap<number, Value>;
}

interface Row {
  readonly time: number;
  readonly cells: Value[];
  readonly sortCells: Value[];
  readonly device: string;
}

const wholeTypes: readonly DataType[] = [DataType.INT32, DataType.INT64, DataType.TIMESTAMP];
const aggregates =
  /^(count|sum|avg|min_value|max_value|first_value|last_value|min_time|max_time|extreme|stddev|stddev_pop|stddev_samp|variance|var_pop|var_samp|count_if|time_duration|mode|max_by|min_by|count_time)$/i;

function aggregateIn(expression: Expression): FunctionCall | undefined {
  return expression.kind === 'call' && aggregates.test(expression.function.text) ? expression : undefined;
}

/** `nowMs` is 0, and the zone is Greenwich's. */
export function naiveTable(statement: SelectStatement, data: MemorySeries): Table {
  const all = seriesOf(data);
  if (statement.isLast) return lastTable(statement, all);
  return statement.alignBy === 'device' ? deviceTable(statement, all) : timeTable(statement, all);
}

function seriesOf(data: MemorySeries): Series[] {
  return Object.entries(data)
    .flatMap(([device, measurements]) =>
      Object.entries(measurements).map(([measurement, [type, ...points]]) => ({
        device,
        path: `${device}.${measurement}`,
        type,
        points: new Map(points.map(([time, value]) => [time, naiveValue(type, value)])),
      })),
    )
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function naiveValue(type: DataType, value: SourceValue): Value {
  if (type === DataType.BOOLEAN) return value === 1;
  return wholeTypes.includes(type) ? BigInt(value) : value;
}

// ---------------------------------------------------------------------------------------------------------------- paths

function matching(all: readonly Series[], pattern: string): Series[] {
  const form = pattern
    .split('.')
    .map((node) => (node === '**' ? String.raw`[^.]+(\.[^.]+)*` : node.replaceAll('*', '[^.]*')))
    .join(String.raw`\.`);
  const expression = new RegExp(`^${form}$`);
  return all.filter(({ path }) => expression.test(path));
}

function textOfPath({ isAbsolute, nodes }: Path): string {
  const names = nodes.map((node) => {
    if (node.kind === 'any') return '*';
    if (node.kind === 'anyDepth') return '**';
    if (node.kind === 'name') return node.name;
    return `${node.anyBefore ? '*' : ''}${node.part}${node.anyBehind ? '*' : ''}`;
  });
  return (isAbsolute ? ['root', ...names] : names).join('.');
}

function seriesFor(path: Path, from: readonly string[], all: readonly Series[]): Series[] {
  const text = textOfPath(path);
  return path.isAbsolute ? matching(all, text) : from.flatMap((prefix) => matching(all, `${prefix}.${text}`));
}

/** Every way to put series in the place of the paths. */
function bindings(
  expression: Expression,
  from: readonly string[],
  all: readonly Series[],
  isCondition: boolean,
): Expression[] {
  if (expression.kind === 'series') {
    const found = seriesFor(expression.path, from, all);
    if (found.length === 0 && isCondition) return [{ kind: 'null', span: expression.span }];
    return found.map((series) => ({ ...expression, path: pathOf(series.path, expression.path) }));
  }
  if (expression.kind === 'call' && /^count_time$/i.test(expression.function.text)) return [expression];
  let partial: Expression[][] = [[]];
  const isRunCount = expression.kind === 'call' && /^count_if$/i.test(expression.function.text);
  for (const [index, operand] of operandsOf(expression).entries()) {
    const choices = isRunCount && index > 0 ? [operand] : bindings(operand, from, all, isCondition);
    partial = partial.flatMap((before) => choices.map((choice) => [...before, choice]));
  }
  return partial.map((operands) => withOperandsOf(expression, operands));
}

function withOperandsOf(expression: Expression, operands: readonly Expression[]): Expression {
  const [first, second, third] = operands;
  switch (expression.kind) {
    case 'call':
      if (aggregateIn(expression) && operands.some(({ kind }) => kind === 'null')) {
        const { span } = expression;
        return expression.function.text.toLowerCase() === 'count'
          ? { kind: 'integer', value: 0n, span }
          : { kind: 'null', span };
      }
      return { ...expression, arguments: operands };
    case 'arithmetic':
    case 'comparison':
      return { ...expression, left: first!, right: second! };
    case 'between':
      return { ...expression, operand: first!, low: second!, high: third! };
    case 'logical':
      return { ...expression, operands };
    case 'unary':
    case 'match':
    case 'in':
    case 'isNull':
      return { ...expression, operand: first! };
    default:
      return expression;
  }
}

function pathOf(text: string, { span }: Path): Path {
  const [, ...names] = text.split('.');
  return { isAbsolute: true, nodes: names.map((name) => ({ kind: 'name', name })), span };
}

function pathsIn(expression: Expression): string[] {
  if (expression.kind === 'series') return expression.path.isAbsolute ? [textOfPath(expression.path)] : [];
  return operandsOf(expression).flatMap(pathsIn);
}

// ------------------------------------------------------------------------------------------------------------ evaluation

interface World {
  readonly byPath: ReadonlyMap<string, Series>;
  /** What stands for an aggregation. */
  readonly aggregate?: (call: FunctionCall) => Value;
}

function evaluate(expression: Expression, time: number, world: World): Value {
  const inner = (operand: Expression): Value => evaluate(operand, time, world);
  const call = aggregateIn(expression);
  if (call) return world.aggregate!(call);
  switch (expression.kind) {
    case 'series':
      return world.byPath.get(textOfPath(expression.path))!.points.get(time) ?? null;
    case 'time':
      return BigInt(time);
    case 'null':
      return null;
    case 'integer':
    case 'decimal':
    case 'boolean':
    case 'string':
      return expression.value;
    case 'now':
    case 'dateTime':
    case 'timeShift':
      return BigInt(timeValue(expression));
    case 'call': {
      const value = inner(expression.arguments[0]!);
      if (value === null) return null;
      if (expression.function.text === 'abs')
        return typeof value === 'bigint' ? (value < 0n ? -value : value) : Math.abs(value as number);
      if (expression.function.text === 'sqrt') return Math.sqrt(Number(value));
      if (expression.function.text === 'floor') return Math.floor(Number(value));
      throw new Error(`naive: ${expression.function.text}`);
    }
    case 'unary': {
      const value = inner(expression.operand);
      if (value === null) return null;
      if (expression.operator === 'not') return !value;
      return expression.operator === '-' ? -(value as number) : value;
    }
    case 'arithmetic': {
      const [left, right] = [inner(expression.left), inner(expression.right)];
      if (left === null || right === null) return null;
      const [l, r] = [Number(left), Number(right)];
      return { '+': l + r, '-': l - r, '*': l * r, '/': l / r, '%': l % r }[expression.operator];
    }
    case 'comparison': {
      const [left, right] = [inner(expression.left), inner(expression.right)];
      return left === null || right === null ? null : isComparison(expression.operator, left, right);
    }
    case 'between': {
      const [value, low, high] = [inner(expression.operand), inner(expression.low), inner(expression.high)];
      const isAbove = value === null || low === null ? null : isComparison('>=', value, low);
      const isBelow = value === null || high === null ? null : isComparison('<=', value, high);
      const both = isAbove === false || isBelow === false ? false : isAbove === null || isBelow === null ? null : true;
      return both === null ? null : both !== expression.isNegated;
    }
    case 'in': {
      const value = inner(expression.operand);
      if (value === null) return null;
      const values = expression.values.map(inner);
      if (values.some((one) => one !== null && isComparison('=', value, one))) return !expression.isNegated;
      return values.includes(null) ? null : expression.isNegated;
    }
    case 'match': {
      const value = inner(expression.operand);
      if (value === null) return null;
      const pattern =
        expression.operator === 'regexp'
          ? expression.pattern.value
          : `^${expression.pattern.value.replaceAll('%', '[^]*').replaceAll('_', '[^]')}$`;
      return new RegExp(pattern, 'u').test(value as string) !== expression.isNegated;
    }
    case 'isNull':
      return (inner(expression.operand) === null) !== expression.isNegated;
    case 'logical': {
      const values = expression.operands.map(inner);
      const deciding = expression.operator === 'or';
      if (values.includes(deciding)) return deciding;
      return values.includes(null) ? null : !deciding;
    }
  }
}

function isComparison(operator: string, left: NonNullable<Value>, right: NonNullable<Value>): boolean {
  const areExact = typeof left === typeof right;
  const l = areExact ? left : Number(left);
  const r = areExact ? right : Number(right);
  switch (operator) {
    case '=':
      return l === r;
    case '!=':
      return l !== r;
    case '<':
      return l < r;
    case '<=':
      return l <= r;
    case '>':
      return l > r;
    default:
      return l >= r;
  }
}

function timeValue(time: TimeExpression): number {
  switch (time.kind) {
    case 'integer':
      return Number(time.value);
    case 'now':
      return 0;
    case 'dateTime':
      return Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
    case 'timeShift': {
      const base = timeValue(time.time);
      return time.operator === '-' ? base - lengthOf(time.duration) : base + lengthOf(time.duration);
    }
  }
}

function lengthOf({ parts }: Duration): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return parts.reduce((sum, { amount, unit }) => sum + amount * units[unit]!, 0);
}

function typeOf(expression: Expression, world: World): DataType {
  const call = aggregateIn(expression);
  if (call) {
    const name = call.function.text.toLowerCase();
    if (/^(count|count_if|count_time|min_time|max_time|time_duration)$/.test(name)) return DataType.INT64;
    if (/^(sum|avg|std|var)/.test(name)) return DataType.DOUBLE;
    return typeOf(call.arguments[0]!, world);
  }
  switch (expression.kind) {
    case 'series':
      return world.byPath.get(textOfPath(expression.path))!.type;
    case 'time':
    case 'integer':
    case 'now':
      return DataType.INT64;
    case 'decimal':
    case 'arithmetic':
      return DataType.DOUBLE;
    case 'call':
      return expression.function.text === 'abs' ? typeOf(expression.arguments[0]!, world) : DataType.DOUBLE;
    case 'unary':
      return expression.operator === 'not' ? DataType.BOOLEAN : typeOf(expression.operand, world);
    case 'string':
      return DataType.TEXT;
    default:
      return DataType.BOOLEAN;
  }
}

// ------------------------------------------------------------------------------------------------------------ aggregation

interface Sample {
  readonly time: number;
  readonly values: readonly Value[];
}

/** `runs`: the samples of each argument that is aggregated with others by level. */
function aggregated(call: FunctionCall, runs: readonly (readonly Sample[])[]): Value {
  const name = call.function.text.toLowerCase();
  const samples = runs.flat().filter(({ values }) => values[0] !== null);
  const numbers = samples.map(({ values }) => Number(values[0]));
  const times = samples.map(({ time }) => time);
  const sum = numbers.reduce((total, value) => total + value, 0);
  const mean = sum / numbers.length;
  const squares = numbers.reduce((total, value) => total + (value - mean) ** 2, 0);
  const best = (isBetter: (a: Sample, b: Sample) => boolean, of: readonly Sample[] = samples): Sample | undefined =>
    of.reduce<Sample | undefined>(
      (found, one) => (found === undefined || isBetter(one, found) ? one : found),
      undefined,
    );
  const ordered = samples.filter(({ values }) => !Number.isNaN(values[0]));
  const first = (value: Sample | undefined): Value => value?.values[0] ?? null;
  switch (name) {
    case 'count':
      return BigInt(samples.length);
    case 'count_time':
      return BigInt(runs.flat().filter(({ values }) => values.some((value) => value !== null)).length);
    case 'sum':
      return numbers.length === 0 ? null : sum;
    case 'avg':
      return numbers.length === 0 ? null : mean;
    case 'min_value':
      return first(best((a, b) => a.values[0]! < b.values[0]!, ordered));
    case 'max_value':
      return first(best((a, b) => a.values[0]! > b.values[0]!, ordered));
    case 'first_value':
      return first(best((a, b) => a.time < b.time));
    case 'last_value':
      return first(best((a, b) => a.time > b.time));
    case 'min_time':
      return times.length === 0 ? null : BigInt(Math.min(...times));
    case 'max_time':
      return times.length === 0 ? null : BigInt(Math.max(...times));
    case 'time_duration':
      return times.length === 0 ? null : BigInt(Math.max(...times) - Math.min(...times));
    case 'extreme': {
      const distance = (value: Value): bigint | number =>
        typeof value === 'bigint' ? (value < 0n ? -value : value) : Math.abs(value as number);
      return first(
        best((a, b) => {
          const [one, other] = [distance(a.values[0]!), distance(b.values[0]!)];
          return one > other || (one === other && a.values[0]! > b.values[0]!);
        }, ordered),
      );
    }
    case 'var_pop':
    case 'stddev_pop':
      if (numbers.length === 0) return null;
      return name === 'var_pop' ? squares / numbers.length : Math.sqrt(squares / numbers.length);
    case 'variance':
    case 'var_samp':
    case 'stddev':
    case 'stddev_samp': {
      const variance = squares / (numbers.length - 1);
      if (numbers.length < 2) return null;
      return name.startsWith('std') ? Math.sqrt(variance) : variance;
    }
    case 'mode': {
      const counts = new Map<Value, Sample[]>();
      for (const sample of samples) counts.set(sample.values[0]!, [...(counts.get(sample.values[0]!) ?? []), sample]);
      const earliest = (of: readonly Sample[]): number => Math.min(...of.map(({ time }) => time));
      let found: [Value, Sample[]] | undefined;
      for (const entry of counts) {
        const isMore = found === undefined || entry[1].length > found[1].length;
        const isAsMany = found !== undefined && entry[1].length === found[1].length;
        if (isMore || (isAsMany && earliest(entry[1]) < earliest(found![1]))) found = entry;
      }
      return found?.[0] ?? null;
    }
    case 'max_by':
    case 'min_by': {
      const keyed = runs.flat().filter(({ values }) => values[1] !== null && !Number.isNaN(values[1]));
      const found = best((a, b) => {
        const [one, other] = [a.values[1]!, b.values[1]!];
        return name === 'max_by'
          ? one > other || (one === other && a.time < b.time)
          : one < other || (one === other && a.time < b.time);
      }, keyed);
      return first(found);
    }
    case 'count_if': {
      const [, threshold, setting] = call.arguments;
      const [operator, number] =
        threshold!.kind === 'comparison'
          ? [threshold.operator, (threshold.right as { value: bigint }).value]
          : ['>=', (threshold as { value: bigint }).value];
      const breaksAtNull = setting?.kind === 'comparison' && (setting.right as { value: string }).value === 'false';
      let count = 0n;
      for (const run of runs) {
        let length = 0n;
        for (const value of [...run.map(({ values }) => values[0]!), false]) {
          if (value === true) length++;
          else if (value === false || breaksAtNull) {
            if (length > 0n && isComparison(operator, length, number)) count++;
            length = 0n;
          }
        }
      }
      return count;
    }
    default:
      throw new Error(`naive: ${name}`);
  }
}

function callsIn(expression: Expression): FunctionCall[] {
  const call = aggregateIn(expression);
  return call ? [call] : operandsOf(expression).flatMap(callsIn);
}

interface Window {
  readonly label: number;
  readonly start: number;
  readonly end: number;
}

function windowsOf(statement: SelectStatement, times: readonly number[]): Window[] {
  const window = statement.groupBy?.window;
  if (!window) return [{ label: 0, start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }];
  const length = lengthOf(window.interval);
  const step = window.slidingStep ? lengthOf(window.slidingStep) : length;
  const windows: Window[] = [];
  if (!window.range) {
    if (times.length === 0) return [];
    const last = Math.max(...times) + 1;
    for (let start = Math.floor(Math.min(...times) / step) * step; start < last; start += step) {
      windows.push({ label: start, start, end: Math.min(start + length, last) });
    }
    return windows;
  }
  const [from, to] = [timeValue(window.range.start), timeValue(window.range.end)];
  const isOpen = window.range.includes === 'end' ? 1 : 0;
  for (let start = from; start < to; start += step) {
    const end = Math.min(start + length, to);
    windows.push({ label: isOpen ? end : start, start: start + isOpen, end: end + isOpen });
  }
  return windows;
}

// ------------------------------------------------------------------------------------------------------------------ rows

interface Part {
  readonly outputs: readonly (Expression | undefined)[];
  readonly sortKeys: readonly (Expression | undefined)[];
  readonly where: readonly Expression[];
  readonly having: readonly Expression[];
  readonly counted: readonly Series[];
  readonly others: readonly Expression[];
  readonly textOf: (expression: Expression) => string;
  readonly device: string;
}

function rowsOf(
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

function fillIn({ fill }: SelectStatement, rows: readonly Row[], types: readonly (DataType | undefined)[]): void {
  if (!fill) return;
  for (const [column, type] of types.entries()) {
    const original = rows.map(({ cells }) => cells[column]!);
    for (const [at, row] of rows.entries()) {
      if (original[at] !== null || type === undefined) continue;
      const before = original.findLastIndex((value, index) => index < at && value !== null);
      const behind = original.findIndex((value, index) => index > at && value !== null);
      if (fill.method === 'previous') {
        const isNear =
          before >= 0 && (!fill.within || Math.abs(rows[before]!.time - row.time) <= lengthOf(fill.within));
        if (isNear) row.cells[column] = original[before]!;
      } else if (fill.method === 'linear') {
        const isNumber = [DataType.INT32, DataType.INT64, DataType.FLOAT, DataType.DOUBLE].some((one) => one === type);
        if (!isNumber || before < 0 || behind < 0) continue;
        const [start, end] = [Number(original[before]), Number(original[behind])];
        const share = (row.time - rows[before]!.time) / (rows[behind]!.time - rows[before]!.time);
        const value = start + (end - start) * share;
        row.cells[column] = wholeTypes.includes(type)
          ? BigInt(Math.trunc(value))
          : type === DataType.FLOAT
            ? Math.fround(value)
            : value;
      } else {
        row.cells[column] = constantFor(fill.method as Expression, type);
      }
    }
  }
}

function constantFor(constant: Expression, type: DataType): Value {
  const isText = type === DataType.TEXT || type === DataType.STRING;
  switch (constant.kind) {
    case 'integer':
      if (wholeTypes.includes(type)) return constant.value;
      return type === DataType.FLOAT || type === DataType.DOUBLE ? Number(constant.value) : null;
    case 'decimal':
      return type === DataType.FLOAT || type === DataType.DOUBLE ? constant.value : null;
    case 'boolean':
      return type === DataType.BOOLEAN ? constant.value : null;
    case 'string':
      return isText ? constant.value : null;
    default:
      return null;
  }
}

// ---------------------------------------------------------------------------------------------------------------- tables

function timeTable(statement: SelectStatement, all: readonly Series[]): Table {
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
  const sorted = statement.orderBy.flatMap(({ by }) =>
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
  const isAggregation = statement.columns.some(({ expression }) => callsIn(expression).length > 0);
  const hasTime = !isAggregation || statement.groupBy?.window !== undefined;
  const rows = found.length === 0 ? [] : finished(statement, rowsOf(statement, part, all, types), hasTime);
  return {
    header: hasTime ? ['Time', ...header] : header,
    rows: rows.map(({ time, cells }) => [
      ...(hasTime ? [time] : []),
      ...cells.map((cell, at) => shown(cell, types[at]!)),
    ]),
  };
}

function isCountTime(call: FunctionCall): boolean {
  return /^count_time$/i.test(call.function.text);
}

function deviceTable(statement: SelectStatement, all: readonly Series[]): Table {
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

function finished(statement: SelectStatement, rows: readonly Row[], hasTime: boolean): readonly Row[] {
  let sorted = rows.slice();
  const keys = statement.orderBy;
  const isSorted = keys.length > 0 && (statement.alignBy === 'device' || (hasTime && keys[0]!.by !== 'time'));
  if (isSorted) {
    sorted = rows
      .map((row, at) => ({ row, at }))
      .sort((a, b) => {
        let next = 0;
        for (const { by, direction, nulls } of keys) {
          const index = typeof by === 'object' ? next++ : -1;
          const cellOf = (row: Row): Value =>
            by === 'time' ? (hasTime ? row.time : 0) : by === 'device' ? row.device : row.sortCells[index]!;
          const [one, other] = [cellOf(a.row), cellOf(b.row)];
          if (one === null || other === null) {
            if (one === other) continue;
            return (one === null ? 1 : -1) * (nulls === 'first' ? -1 : 1);
          }
          const sign = direction === 'descending' ? -1 : 1;
          if (one < other) return -sign;
          if (one > other) return sign;
          if (Number.isNaN(one) !== Number.isNaN(other)) return Number.isNaN(one) ? sign : -sign;
        }
        // What is left is by device and then by time.
        if (statement.alignBy === 'device' && keys[0]!.by === 'time' && a.row.device !== b.row.device)
          return a.row.device < b.row.device ? -1 : 1;
        return a.at - b.at;
      })
      .map(({ row }) => row);
  }
  const { offset = 0, limit } = statement;
  return sorted.slice(offset, limit === undefined ? undefined : offset + limit);
}

function shown(cell: Value, type: DataType): Cell {
  return typeof cell === 'bigint' && type === DataType.INT32 ? Number(cell) : cell;
}

function lastTable(statement: SelectStatement, all: readonly Series[]): Table {
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
