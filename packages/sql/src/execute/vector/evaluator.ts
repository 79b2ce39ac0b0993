import { type Column, DataType } from '@balsa/wire';
import type { SourceValue } from '../../source/series-source.ts';
import { nullColumn, type Rows } from '../rows.ts';
import { type Numbers, numbersOf } from './numbers.ts';

/** An expression made ready to be computed block by block. */
export interface Evaluator {
  /** `undefined`: there is no value in any row. */
  readonly dataType: DataType | undefined;
  /** The value of all rows, where it is known before there are any. */
  readonly constant?: SourceValue;
  readonly isTime?: true;
  /** As many values as `rows` has times. */
  column(rows: Rows): Column;
}

export const nullEvaluator: Evaluator = {
  dataType: undefined,
  column: ({ times }) => nullColumn(DataType.BOOLEAN, times.length),
};

export function isNumeric(type: DataType | undefined): boolean {
  return type === DataType.INT32 || type === DataType.INT64 || type === DataType.FLOAT || type === DataType.DOUBLE;
}

/** Numbers, times, which count milliseconds, and days, which are numbers such as 20240131. */
export function isOrdered(type: DataType | undefined): boolean {
  return isNumeric(type) || type === DataType.TIMESTAMP || type === DataType.DATE;
}

export function isText(type: DataType | undefined): boolean {
  return type === DataType.TEXT || type === DataType.STRING;
}

/** Of an evaluator that is ordered. */
export function numbersFrom(evaluator: Evaluator, rows: Rows): Numbers {
  if (evaluator.isTime) return { values: rows.times, nulls: undefined };
  if (evaluator.constant === undefined) return numbersOf(evaluator.column(rows));
  return { values: new Float64Array(rows.times.length).fill(Number(evaluator.constant)), nulls: undefined };
}

/** Computes a block only once for those who ask about it one after another. */
export function computedOnce(evaluator: Evaluator): Evaluator {
  let lastRows: Rows | undefined;
  let lastColumn: Column | undefined;
  return {
    ...evaluator,
    column: (rows) => {
      if (rows !== lastRows || lastColumn === undefined) {
        lastColumn = evaluator.column(rows);
        lastRows = rows;
      }
      return lastColumn;
    },
  };
}
