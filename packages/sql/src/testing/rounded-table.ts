import type { Cell, Table } from './run-query.ts';

/** Sums of squares depend on the order in which they are added up. */
export function roundedTable({ header, rows }: Table): Table {
  return { header, rows: rows.map((row) => row.map(roundedCell)) };
}

function roundedCell(cell: Cell): Cell {
  return typeof cell === 'number' && Number.isFinite(cell) ? Number(cell.toPrecision(9)) + 0 : cell;
}
