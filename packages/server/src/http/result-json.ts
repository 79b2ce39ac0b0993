// Query results as JSON, column by column. What JSON numbers cannot hold is written as a string, as it is read.

import { type AggregateResult, type Column, DataType, dataTypeName, isNull, type RangeResult } from '@balsa/wire';

export type Cell = number | string | boolean | null;

export interface RangeJson {
  readonly timestamps: readonly number[];
  readonly measurements: readonly string[];
  readonly data_types: readonly string[];
  readonly values: readonly (readonly Cell[])[];
}

export interface AggregateJson {
  readonly windowStarts: readonly number[];
  readonly columns: readonly {
    readonly measurement: string;
    readonly function: string;
    /** null: nothing to aggregate in this window. */
    readonly values: readonly (number | null)[];
  }[];
}

export function rangeToJson(result: RangeResult): RangeJson {
  return {
    timestamps: Array.from(result.timestamps),
    measurements: result.measurements,
    data_types: result.dataTypes.map(dataTypeName),
    values: result.columns.map((column, i) =>
      cellsOf(column, result.timestamps.length, result.dataTypes[i] === DataType.BOOLEAN),
    ),
  };
}

export function aggregateToJson(result: AggregateResult): AggregateJson {
  return {
    windowStarts: Array.from(result.windowStarts),
    columns: result.columns.map((column) => ({
      measurement: column.measurement,
      function: column.function,
      values: Array.from(column.values, (value) => (Number.isNaN(value) ? null : value)),
    })),
  };
}

/** The first `rows` of a column. */
export function cellsOf(column: Column, rows: number, isBoolean: boolean): Cell[] {
  const { values } = column;
  const cells = new Array<Cell>(rows);
  for (let row = 0; row < rows; row++) {
    cells[row] = isNull(column, row) ? null : cellOf(values[row] ?? null, isBoolean);
  }
  return cells;
}

/** Blobs as base64. */
function cellOf(value: number | bigint | string | Uint8Array | null, isBoolean: boolean): Cell {
  if (isBoolean) {
    return value === 1;
  }
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString('base64');
  }
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
