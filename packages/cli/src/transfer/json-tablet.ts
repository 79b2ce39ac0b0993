// Rows of one device on their way to a node: `POST /rest/v2/insertTablet`.

import { type DataType, dataTypeName } from '@balsa/wire';
import type { Cell } from '../node-client/node-client.ts';

export interface JsonTablet {
  readonly device: string;
  readonly isAligned: boolean;
  readonly measurements: readonly string[];
  readonly dataTypes: readonly DataType[];
  readonly times: readonly number[];
  /** Column by column. */
  readonly values: readonly (readonly Cell[])[];
}

/** Columns without any value are left out: they would make series that the source does not have. `undefined`: there are no others. */
export function tabletBody({
  device,
  isAligned,
  measurements,
  dataTypes,
  times,
  values,
}: JsonTablet): string | undefined {
  const kept = values.flatMap((column, at) => (column.some((cell) => cell !== null) ? [at] : []));
  if (kept.length === 0 || times.length === 0) return undefined;
  const head = JSON.stringify({
    device,
    is_aligned: isAligned,
    measurements: kept.map((at) => measurements[at]),
    data_types: kept.map((at) => dataTypeName(dataTypes[at]!)),
    timestamps: times,
  });
  const columns = kept.map((at) => columnText(values[at]!));
  return `${head.slice(0, -1)},"values":[${columns.join(',')}]}`;
}

/** Both halves in order; `undefined`: one row cannot be divided. */
export function halvesOf(tablet: JsonTablet): readonly [JsonTablet, JsonTablet] | undefined {
  const rows = tablet.times.length;
  if (rows < 2) return undefined;
  const part = (from: number, to: number): JsonTablet => ({
    ...tablet,
    times: tablet.times.slice(from, to),
    values: tablet.values.map((column) => column.slice(from, to)),
  });
  return [part(0, rows >> 1), part(rows >> 1, rows)];
}

/** JSON.stringify makes 0 of -0. */
function columnText(cells: readonly Cell[]): string {
  if (!cells.some((cell) => Object.is(cell, -0))) return JSON.stringify(cells);
  return `[${cells.map((cell) => (Object.is(cell, -0) ? '-0' : JSON.stringify(cell))).join(',')}]`;
}
