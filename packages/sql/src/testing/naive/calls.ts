import type { Expression, FunctionCall } from '../../tree/expression.ts';
import { operandsOf } from '../../tree/walk-expression.ts';

const aggregates =
  /^(count|sum|avg|min_value|max_value|first_value|last_value|min_time|max_time|extreme|stddev|stddev_pop|stddev_samp|variance|var_pop|var_samp|count_if|time_duration|mode|max_by|min_by|count_time)$/i;

export function aggregateIn(expression: Expression): FunctionCall | undefined {
  return expression.kind === 'call' && aggregates.test(expression.function.text) ? expression : undefined;
}

export function callsIn(expression: Expression): FunctionCall[] {
  const call = aggregateIn(expression);
  return call ? [call] : operandsOf(expression).flatMap(callsIn);
}
