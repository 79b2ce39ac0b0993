import { DataType } from '@balsa/wire';
import type { Expression, FunctionCall } from '../../tree/expression.ts';
import type { Duration, TimeExpression } from '../../tree/literal.ts';
import { textOfPath } from './bind.ts';
import { aggregateIn } from './calls.ts';
import type { Series, Value } from './series.ts';

interface World {
  readonly byPath: ReadonlyMap<string, Series>;
  /** What stands for an aggregation. */
  readonly aggregate?: (call: FunctionCall) => Value;
}

export function evaluate(expression: Expression, time: number, world: World): Value {
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

export function isComparison(operator: string, left: NonNullable<Value>, right: NonNullable<Value>): boolean {
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

export function timeValue(time: TimeExpression): number {
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

export function lengthOf({ parts }: Duration): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return parts.reduce((sum, { amount, unit }) => sum + amount * units[unit]!, 0);
}

export function typeOf(expression: Expression, world: World): DataType {
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
