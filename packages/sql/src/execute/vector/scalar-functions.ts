import { type Column, DataType, dataTypeName } from '@balsa/wire';
import { StatementError } from '../../statement-error.ts';
import type { FunctionCall } from '../../tree/expression.ts';
import { type Evaluator, isNumeric, nullEvaluator, numbersFrom } from './evaluator.ts';
import { withNulls } from './nulls.ts';

/** From doubles to doubles. */
const mathematical: Readonly<Record<string, (value: number) => number>> = {
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  degrees: (value) => (value * 180) / Math.PI,
  radians: (value) => (value * Math.PI) / 180,
  sign: Math.sign,
  ceil: Math.ceil,
  floor: Math.floor,
  round: roundHalfToEven,
};

/** @throws StatementError if there is no such function, or it does not take this. */
export function scalarFunctionOf(call: FunctionCall, operands: readonly Evaluator[]): Evaluator {
  const name = call.function.text.toLowerCase();
  const compute = Object.hasOwn(mathematical, name) ? mathematical[name] : undefined;
  if (compute === undefined && name !== 'abs') {
    throw new StatementError(
      'STATEMENT_UNSUPPORTED',
      `there is no function "${call.function.text}" here`,
      call.function.span,
    );
  }
  const [operand] = operands;
  if (operand === undefined || operands.length !== 1) {
    throw new StatementError('STATEMENT_INVALID', `${name} takes one argument`, call.span);
  }
  const { dataType } = operand;
  if (dataType === undefined) return nullEvaluator;
  if (!isNumeric(dataType)) {
    throw new StatementError(
      'OPERAND_TYPE_MISMATCH',
      `${name} takes a number, not ${dataTypeName(dataType)}`,
      call.span,
    );
  }
  if (compute === undefined) return { dataType, column: (rows) => absolute(operand.column(rows)) };
  return {
    dataType: DataType.DOUBLE,
    column: (rows) => {
      const { values, nulls } = numbersFrom(operand, rows);
      const out = new Float64Array(values.length);
      for (let row = 0; row < out.length; row++) out[row] = compute(values[row]!);
      return withNulls(out, nulls);
    },
  };
}

/** Of the same type. */
function absolute({ values, nulls }: Column): Column {
  if (values instanceof BigInt64Array) {
    return withNulls(
      values.map((value) => (value < 0n ? -value : value)),
      nulls,
    );
  }
  return withNulls(
    (values as Float64Array).map((value) => Math.abs(value)),
    nulls,
  );
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
