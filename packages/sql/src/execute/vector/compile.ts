import { type Column, DataType, dataTypeName, nullBytes } from '@balsa/wire';
import { aggregateOf } from '../../plan/aggregate-names.ts';
import { StatementError } from '../../statement-error.ts';
import type { Clock } from '../../time/time-value.ts';
import type { Arithmetic, Between, Expression, IsNull, Unary } from '../../tree/expression.ts';
import { calculate } from './arithmetic.ts';
import { comparisonOf } from './comparison.ts';
import { constantEvaluator } from './constants.ts';
import { computedOnce, type Evaluator, isNumeric, isOrdered, numbersFrom } from './evaluator.ts';
import { logicalOf, negationOf } from './logic.ts';
import { membershipOf } from './membership.ts';
import { eitherNull, isNullAt, withNulls } from './nulls.ts';
import { scalarFunctionOf } from './scalar-functions.ts';
import { textMatchOf } from './text-match.ts';

/** A column of the blocks that an expression is computed from. */
export interface Slot {
  readonly index: number;
  readonly dataType: DataType;
}

export interface Surroundings {
  readonly clock: Clock;
  /** Throws if the query is over; to be called now and then during long work. */
  readonly check: () => void;
  /** Where the values of an expression stand already: of a series, or of an aggregation. */
  slotOf(expression: Expression): Slot | undefined;
}

/** @throws StatementError: operands do not go together, or a function is unknown. */
export function compile(expression: Expression, surroundings: Surroundings): Evaluator {
  const slot = surroundings.slotOf(expression);
  if (slot !== undefined) return { dataType: slot.dataType, column: ({ columns }) => columns[slot.index]! };
  const inner = (operand: Expression): Evaluator => compile(operand, surroundings);
  switch (expression.kind) {
    case 'time':
      return {
        dataType: DataType.INT64,
        isTime: true,
        column: ({ times }) => ({ values: BigInt64Array.from(times, BigInt) }),
      };
    case 'series':
      throw new StatementError('STATEMENT_INVALID', 'a series stands beside aggregations here', expression.span);
    case 'call':
      if (aggregateOf(expression) !== undefined) {
        throw new StatementError('STATEMENT_INVALID', 'there can be no aggregation here', expression.span);
      }
      return scalarFunctionOf(expression, expression.arguments.map(inner));
    case 'unary':
      return unaryOf(expression, inner(expression.operand));
    case 'arithmetic':
      return arithmeticOf(expression, inner(expression.left), inner(expression.right));
    case 'comparison':
      return comparisonOf(expression, inner(expression.left), inner(expression.right));
    case 'match':
      return textMatchOf(expression, inner(expression.operand), surroundings.check);
    case 'between':
      return betweenOf(expression, inner);
    case 'in':
      return membershipOf(expression, computedOnce(inner(expression.operand)), expression.values.map(inner));
    case 'isNull':
      return nullTestOf(expression, inner(expression.operand));
    case 'logical': {
      const spans = expression.operands.map(({ span }) => span);
      return logicalOf(expression.operator, expression.operands.map(inner), spans);
    }
    default:
      return constantEvaluator(expression, surroundings.clock);
  }
}

function arithmeticOf({ operator, span }: Arithmetic, left: Evaluator, right: Evaluator): Evaluator {
  if (left.dataType === undefined || right.dataType === undefined) return nullDoubles;
  for (const { dataType } of [left, right]) {
    if (!isOrdered(dataType)) {
      const reason = `${operator} takes numbers, not ${dataTypeName(dataType!)}`;
      throw new StatementError('OPERAND_TYPE_MISMATCH', reason, span);
    }
  }
  return {
    dataType: DataType.DOUBLE,
    column: (rows) => {
      const numbers = numbersFrom(left, rows);
      const others = numbersFrom(right, rows);
      const out = new Float64Array(rows.times.length);
      calculate(operator, numbers.values, others.values, out);
      return withNulls(out, eitherNull(numbers.nulls, others.nulls, out.length));
    },
  };
}

const nullDoubles: Evaluator = {
  dataType: DataType.DOUBLE,
  column: ({ times }) => ({
    values: new Float64Array(times.length),
    nulls: new Uint8Array(nullBytes(times.length)).fill(0xff),
  }),
};

function unaryOf({ operator, operand, span }: Unary, value: Evaluator): Evaluator {
  if (operator === 'not') return negationOf(value, operand.span);
  if (value.dataType === undefined) return value;
  if (!isNumeric(value.dataType)) {
    const reason = `a sign takes a number, not ${dataTypeName(value.dataType)}`;
    throw new StatementError('OPERAND_TYPE_MISMATCH', reason, span);
  }
  return operator === '+' ? value : { dataType: value.dataType, column: (rows) => negated(value.column(rows)) };
}

/** Of the same type; the smallest integer stays what it is. */
function negated({ values, nulls }: Column): Column {
  if (values instanceof BigInt64Array) {
    return withNulls(
      values.map((value) => -value),
      nulls,
    );
  }
  return withNulls(
    (values as Float64Array).map((value) => -value),
    nulls,
  );
}

/** x >= low AND x <= high, but x is computed once. */
function betweenOf({ operand, low, high, isNegated, span }: Between, inner: (it: Expression) => Evaluator): Evaluator {
  const value = computedOnce(inner(operand));
  const isAbove = comparisonOf({ operator: '>=', span }, value, inner(low));
  const isBelow = comparisonOf({ operator: '<=', span }, value, inner(high));
  const isBetween = logicalOf('and', [isAbove, isBelow], [span, span]);
  return isNegated ? negationOf(isBetween, span) : isBetween;
}

function nullTestOf({ isNegated }: IsNull, operand: Evaluator): Evaluator {
  const onNull = isNegated ? 0 : 1;
  return {
    dataType: DataType.BOOLEAN,
    column: (rows) => {
      const out = new Uint8Array(rows.times.length);
      const { nulls } = operand.column(rows);
      for (let row = 0; row < out.length; row++) out[row] = isNullAt(nulls, row) ? onNull : 1 - onNull;
      return { values: out };
    },
  };
}
