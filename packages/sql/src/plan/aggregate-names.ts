import type { Expression, FunctionCall } from '../tree/expression.ts';
import { operandsOf } from '../tree/walk-expression.ts';

export const aggregateNames = [
  'count',
  'sum',
  'avg',
  'min_value',
  'max_value',
  'first_value',
  'last_value',
  'min_time',
  'max_time',
  'extreme',
  'stddev',
  'stddev_pop',
  'stddev_samp',
  'variance',
  'var_pop',
  'var_samp',
  'count_if',
  'time_duration',
  'mode',
  'max_by',
  'min_by',
  'count_time',
] as const;
export type AggregateName = (typeof aggregateNames)[number];

const known: ReadonlySet<string> = new Set(aggregateNames);

/** `undefined` if it is no aggregation. */
export function aggregateOf(expression: Expression): AggregateName | undefined {
  if (expression.kind !== 'call') return undefined;
  const name = expression.function.text.toLowerCase();
  return known.has(name) ? (name as AggregateName) : undefined;
}

/** The aggregations that are not within others, from left to right. */
export function aggregatesIn(expression: Expression): FunctionCall[] {
  if (aggregateOf(expression) !== undefined) return [expression as FunctionCall];
  return operandsOf(expression).flatMap(aggregatesIn);
}
