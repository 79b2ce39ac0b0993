// Results that are tables of facts, not of points: what SHOW and COUNT answer. They are small, and built row by row.

import type { ShowColumn } from '@balsa/sql';
import { allocateValues, type Column, type ColumnValues, type DataType, nullBytes } from '@balsa/wire';

export type Cell = string | number | bigint | null;

export type Row = readonly Cell[];

export interface Table {
  readonly columns: readonly ShowColumn[];
  readonly rows: readonly Row[];
}

/** Rows of a table from one up to another, column by column. */
export function columnsOf({ columns, rows }: Table, from: number, to: number): Column[] {
  const part = rows.slice(from, to);
  return columns.map(({ dataType }, i) => {
    const cells = part.map((row) => row[i] ?? null);
    return columnOf(dataType, cells);
  });
}

function columnOf(type: DataType, cells: readonly Cell[]): Column {
  const values = allocateValues(type, cells.length) as ColumnValues & { [row: number]: Exclude<Cell, null> };
  let nulls: Uint8Array | undefined;
  for (const [row, cell] of cells.entries()) {
    if (cell !== null) {
      values[row] = cell;
      continue;
    }
    nulls ??= new Uint8Array(nullBytes(cells.length));
    nulls[row >> 3]! |= 1 << (row & 7);
  }
  return nulls === undefined ? { values } : { values, nulls };
}
