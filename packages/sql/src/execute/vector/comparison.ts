import { type Column, DataType, dataTypeName } from '@balsa/wire';
import { StatementError } from '../../statement-error.ts';
import type { Comparison } from '../../tree/expression.ts';
import { compareColumns, compareWith } from './compare.ts';
import { type Evaluator, isOrdered, isText, nullEvaluator, numbersFrom } from './evaluator.ts';
import { eitherNull, withNulls } from './nulls.ts';
import { areExact, type Numbers } from './numbers.ts';

type Test = Pick<Comparison, 'operator' | 'span'>;

/** BOOLEAN, null where one of them is. Integers are compared exactly with integers, everything else as doubles. */
export function comparisonOf(test: Test, left: Evaluator, right: Evaluator): Evaluator {
  const { dataType: leftType } = left;
  const { dataType: rightType } = right;
  if (leftType === undefined || rightType === undefined) return { ...nullEvaluator, dataType: DataType.BOOLEAN };
  if (isOrdered(leftType) && isOrdered(rightType)) return numberComparison(test, left, right);
  if (isText(leftType) && isText(rightType)) return plainComparison(test, left, right);
  const isEquality = test.operator === '=' || test.operator === '!=';
  if (leftType === DataType.BOOLEAN && rightType === DataType.BOOLEAN && isEquality) {
    return plainComparison(test, left, right);
  }
  const reason = `${dataTypeName(leftType)} ${test.operator} ${dataTypeName(rightType)} has no meaning`;
  throw new StatementError('OPERAND_TYPE_MISMATCH', reason, test.span);
}

function plainComparison({ operator }: Test, left: Evaluator, right: Evaluator): Evaluator {
  return {
    dataType: DataType.BOOLEAN,
    column: (rows) => {
      const out = new Uint8Array(rows.times.length);
      const { values, nulls } = left.column(rows);
      if (right.constant !== undefined) {
        compareWith(operator, values as readonly string[], right.constant as string, out);
        return withNulls(out, nulls);
      }
      const other = right.column(rows);
      compareColumns(operator, values as readonly string[], other.values as readonly string[], out);
      return withNulls(out, eitherNull(nulls, other.nulls, out.length));
    },
  };
}

function numberComparison({ operator }: Test, left: Evaluator, right: Evaluator): Evaluator {
  const areWhole = isWhole(left.dataType) && isWhole(right.dataType);
  return {
    dataType: DataType.BOOLEAN,
    column: (rows) => {
      const out = new Uint8Array(rows.times.length);
      const numbers = numbersFrom(left, rows);
      const others = numbersFrom(right, rows);
      const nulls = eitherNull(numbers.nulls, others.nulls, out.length);
      if (areWhole && !(isExact(left, numbers) && isExact(right, others))) {
        compareColumns(operator, bigintsOf(left.column(rows)), bigintsOf(right.column(rows)), out);
      } else if (right.constant !== undefined) {
        compareWith(operator, numbers.values, Number(right.constant), out);
      } else {
        compareColumns(operator, numbers.values, others.values, out);
      }
      return withNulls(out, nulls);
    },
  };
}

function isWhole(type: DataType | undefined): boolean {
  return type === DataType.INT32 || type === DataType.INT64 || type === DataType.TIMESTAMP;
}

/** Whether the numbers are the integers themselves, not rounded. */
export function isExact({ dataType, isTime }: Evaluator, numbers: Numbers): boolean {
  return isTime === true || dataType === DataType.INT32 || areExact(numbers);
}

export function bigintsOf({ values }: Column): BigInt64Array {
  return values instanceof BigInt64Array ? values : BigInt64Array.from(values as Int32Array, BigInt);
}
