// AND, OR and NOT with three values: what is unknown stays unknown, unless the other side decides.

import { type Column, DataType, dataTypeName, nullBytes } from '@balsa/wire';
import type { Span } from '../../span.ts';
import { StatementError } from '../../statement-error.ts';
import type { Rows } from '../rows.ts';
import type { Evaluator } from './evaluator.ts';
import { isNullAt, setNull, withNulls } from './nulls.ts';

const isFalse = 0;
const isUnknown = 1;
const isTrue = 2;

export function logicalOf(operator: 'and' | 'or', operands: readonly Evaluator[], spans: readonly Span[]): Evaluator {
  for (const [index, operand] of operands.entries()) checkBoolean(operand, spans[index]!);
  return {
    dataType: DataType.BOOLEAN,
    column: (rows) => {
      const truth = truthOf(operands[0]!, rows);
      for (const operand of operands.slice(1)) {
        const other = truthOf(operand, rows);
        if (operator === 'and')
          for (let row = 0; row < truth.length; row++) truth[row] = Math.min(truth[row]!, other[row]!);
        else for (let row = 0; row < truth.length; row++) truth[row] = Math.max(truth[row]!, other[row]!);
      }
      return columnOf(truth);
    },
  };
}

export function negationOf(operand: Evaluator, span: Span): Evaluator {
  checkBoolean(operand, span);
  return {
    dataType: DataType.BOOLEAN,
    column: (rows) => {
      const { values, nulls } = operand.column(rows);
      const out = new Uint8Array(rows.times.length);
      for (let row = 0; row < out.length; row++) out[row] = values[row] === 1 ? 0 : 1;
      return withNulls(out, nulls);
    },
  };
}

/** Rows for which a condition holds; `undefined`: all of them. */
export function rowsThat(condition: Evaluator, rows: Rows): Uint32Array | undefined {
  const { values, nulls } = condition.column(rows);
  const picked = new Uint32Array(rows.times.length);
  let count = 0;
  for (let row = 0; row < picked.length; row++) {
    if (values[row] === 1 && !isNullAt(nulls, row)) picked[count++] = row;
  }
  return count === picked.length ? undefined : picked.subarray(0, count);
}

export function checkBoolean({ dataType }: Evaluator, span: Span): void {
  if (dataType === undefined || dataType === DataType.BOOLEAN) return;
  throw new StatementError('OPERAND_TYPE_MISMATCH', `a condition is BOOLEAN, not ${dataTypeName(dataType)}`, span);
}

function truthOf(operand: Evaluator, rows: Rows): Uint8Array {
  const truth = new Uint8Array(rows.times.length);
  const { values, nulls } = operand.column(rows);
  for (let row = 0; row < truth.length; row++) {
    if (isNullAt(nulls, row)) truth[row] = isUnknown;
    else truth[row] = values[row] === 1 ? isTrue : isFalse;
  }
  return truth;
}

function columnOf(truth: Uint8Array): Column {
  let nulls: Uint8Array | undefined;
  for (let row = 0; row < truth.length; row++) {
    if (truth[row] === isUnknown) {
      nulls ??= new Uint8Array(nullBytes(truth.length));
      setNull(nulls, row);
    }
    truth[row] = truth[row] === isTrue ? 1 : 0;
  }
  return withNulls(truth, nulls);
}
