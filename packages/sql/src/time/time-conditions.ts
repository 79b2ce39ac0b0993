// What a condition says of the time alone, so that a source need not read what cannot count.

import type { Comparison, Expression } from '../tree/expression.ts';
import type { TimeExpression } from '../tree/literal.ts';
import { allTimes, complement, hull, intersection, type TimeSet, timesBetween, union } from './time-set.ts';
import { type Clock, timeOf } from './time-value.ts';

export interface SplitCondition {
  /** Outside of these times the condition does not hold. */
  readonly times: TimeSet;
  /** What must hold besides; `undefined` if nothing. */
  readonly rest: Expression | undefined;
}

/** Each range is a reading of its own; beyond that many, one reading over all of them is cheaper. */
const rangesMax = 256;

export function splitTimeConditions(condition: Expression | undefined, clock: Clock): SplitCondition {
  if (condition === undefined) return { times: allTimes, rest: undefined };
  const { times, rest } = split(condition, clock);
  return times.length > rangesMax ? { times: hull(times), rest: condition } : { times, rest };
}

function split(condition: Expression, clock: Clock): SplitCondition {
  switch (condition.kind) {
    case 'comparison': {
      const times = comparedTimes(condition, clock);
      return times ? { times, rest: undefined } : whole(condition);
    }
    case 'between': {
      const { operand, low, high, isNegated } = condition;
      if (operand.kind !== 'time' || !isTime(low) || !isTime(high)) return whole(condition);
      const times = timesBetween(timeOf(low, clock), timeOf(high, clock) + 1);
      return { times: isNegated ? complement(times) : times, rest: undefined };
    }
    case 'in': {
      const { operand, values, isNegated } = condition;
      if (operand.kind !== 'time' || !values.every(isTime)) return whole(condition);
      const times = union(values.map((value) => momentOf(value, clock)));
      return { times: isNegated ? complement(times) : times, rest: undefined };
    }
    case 'unary': {
      const inner = condition.operator === 'not' ? split(condition.operand, clock) : whole(condition.operand);
      return inner.rest === undefined ? { times: complement(inner.times), rest: undefined } : whole(condition);
    }
    case 'logical': {
      const parts = condition.operands.map((operand) => split(operand, clock));
      const rests = parts.flatMap(({ rest }) => rest ?? []);
      if (condition.operator === 'or') {
        return { times: union(parts.map(({ times }) => times)), rest: rests.length === 0 ? undefined : condition };
      }
      const rest = rests.length > 1 ? { ...condition, operands: rests } : rests[0];
      return { times: intersection(parts.map(({ times }) => times)), rest };
    }
    default:
      return whole(condition);
  }
}

function whole(condition: Expression): SplitCondition {
  return { times: allTimes, rest: condition };
}

const mirrored = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function comparedTimes({ left, right, operator }: Comparison, clock: Clock): TimeSet | undefined {
  if (left.kind === 'time' && isTime(right)) return timesThat(operator, right, clock);
  if (right.kind === 'time' && isTime(left)) return timesThat(mirrored[operator], left, clock);
  return undefined;
}

function timesThat(operator: Comparison['operator'], value: TimeExpression, clock: Clock): TimeSet {
  const at = timeOf(value, clock);
  const [{ startMs, endMs }] = allTimes as [TimeSet[number]];
  switch (operator) {
    case '=':
      return momentOf(value, clock);
    case '!=':
      return complement(momentOf(value, clock));
    case '<':
      return timesBetween(startMs, at);
    case '<=':
      return timesBetween(startMs, at + 1);
    case '>':
      return timesBetween(at + 1, endMs);
    case '>=':
      return timesBetween(at, endMs);
  }
}

function momentOf(value: TimeExpression, clock: Clock): TimeSet {
  // A number beyond all times is not the last one of them.
  if (value.kind === 'integer' && BigInt(timeOf(value, clock)) !== value.value) return [];
  const at = timeOf(value, clock);
  return timesBetween(at, at + 1);
}

export function isTime(expression: Expression): expression is TimeExpression {
  return ['integer', 'dateTime', 'now', 'timeShift'].includes(expression.kind);
}
