import { DataType, dataTypeName, nullBytes } from '@balsa/wire';
import { StatementError } from '../../statement-error.ts';
import type { InList } from '../../tree/expression.ts';
import type { Rows } from '../rows.ts';
import { bigintsOf, isExact } from './comparison.ts';
import { type Evaluator, isOrdered, isText, nullEvaluator, numbersFrom } from './evaluator.ts';
import { isNullAt, type Nulls, setNull, withNulls } from './nulls.ts';

/** x IN (..). If null is among the values, it is not known whether another value is. */
export function membershipOf({ isNegated, span }: InList, operand: Evaluator, values: readonly Evaluator[]): Evaluator {
  const { dataType } = operand;
  if (dataType === undefined) return { ...nullEvaluator, dataType: DataType.BOOLEAN };
  const constants = values.flatMap((value) => {
    if (value.constant === undefined) return [];
    if (!areComparable(dataType, value.dataType!)) {
      const reason = `${dataTypeName(value.dataType!)} cannot be among values of ${dataTypeName(dataType)}`;
      throw new StatementError('OPERAND_TYPE_MISMATCH', reason, span);
    }
    return [value.constant];
  });
  const hasNull = constants.length < values.length;
  const isIn = isOrdered(dataType)
    ? numberTest(operand, constants.map(Number), constants)
    : plainTest(operand, constants);
  return {
    dataType: DataType.BOOLEAN,
    column: (rows) => {
      const found = isIn(rows);
      const { nulls } = operand.column(rows);
      const unknown = hasNull ? unknownOf(found, nulls) : nulls;
      if (isNegated) for (let row = 0; row < found.length; row++) found[row] = 1 - found[row]!;
      return withNulls(found, unknown);
    },
  };
}

function unknownOf(found: Uint8Array, nulls: Nulls): Uint8Array {
  const unknown = new Uint8Array(nullBytes(found.length));
  for (let row = 0; row < found.length; row++) if (isNullAt(nulls, row) || found[row] === 0) setNull(unknown, row);
  return unknown;
}

type Test = (rows: Rows) => Uint8Array;

function numberTest(operand: Evaluator, numbers: readonly number[], constants: readonly unknown[]): Test {
  const known = new Set(numbers);
  const exactly = new Set(constants.filter((constant) => typeof constant === 'bigint'));
  const areSafe = numbers.every((number) => Math.abs(number) <= Number.MAX_SAFE_INTEGER);
  const isInt64 = operand.dataType === DataType.INT64 || operand.dataType === DataType.TIMESTAMP;
  return (rows) => {
    const found = new Uint8Array(rows.times.length);
    const asNumbers = numbersFrom(operand, rows);
    if (isInt64 && !(areSafe && isExact(operand, asNumbers))) {
      const values = bigintsOf(operand.column(rows));
      for (let row = 0; row < found.length; row++) found[row] = exactly.has(values[row]!) ? 1 : 0;
    } else {
      for (let row = 0; row < found.length; row++) found[row] = known.has(asNumbers.values[row]!) ? 1 : 0;
    }
    return found;
  };
}

function plainTest(operand: Evaluator, constants: readonly unknown[]): Test {
  const known = new Set(constants);
  return (rows) => {
    const { values } = operand.column(rows);
    const found = new Uint8Array(rows.times.length);
    for (let row = 0; row < found.length; row++) found[row] = known.has(values[row]) ? 1 : 0;
    return found;
  };
}

function areComparable(type: DataType, other: DataType): boolean {
  return (isOrdered(type) && isOrdered(other)) || (isText(type) && isText(other)) || type === other;
}
