// A tablet with a column of every type, with and without nulls.

import { allocateValues, type Column, nullBytes } from '../column.ts';
import { DataType, dataTypeName, servedDataTypes } from '../data-type.ts';
import type { Tablet } from '../tablet.ts';

export function sampleTablet(rows: number): Tablet {
  return {
    device: 'root.plant.line4.press2',
    measurements: servedDataTypes.map((type) => `s_${dataTypeName(type)}`),
    dataTypes: servedDataTypes,
    timestamps: Float64Array.from({ length: rows }, (_, row) => 1_700_000_000_000 + 1000 * row),
    columns: servedDataTypes.map((type, position) => sampleColumn(type, rows, position % 2 === 1)),
  };
}

function sampleColumn(type: DataType, rows: number, withNulls: boolean): Column {
  const isText = type === DataType.TEXT || type === DataType.STRING;
  const values = isText ? Array.from({ length: rows }, (_, row) => `grün ${row}`) : allocateValues(type, rows);
  if (!withNulls) return { values };
  const nulls = new Uint8Array(nullBytes(rows));
  if (rows > 0) nulls[0] = 1;
  return { values, nulls };
}
