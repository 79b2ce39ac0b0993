// Records as IoTDB's REST clients send them: one row each, of any devices. Neighbours of one device with the same columns become one
// tablet.

import { cutText, messageBytesMax, type Tablet } from '@balsa/wire';
import { illegal } from '../service/refusal.ts';
import { arrayField, isMap, tabletFromJson } from './tablet-json.ts';

const recordsMax = 100_000;

interface Rows {
  readonly device: unknown;
  readonly measurements: readonly unknown[];
  readonly dataTypes: readonly unknown[];
  readonly timestamps: unknown[];
  /** Column by column. */
  readonly values: unknown[][];
}

/** In the order in which they were sent. @throws Refusal ILLEGAL_PARAMETER that names the field. */
export function recordsFromJson(body: unknown): Tablet[] {
  if (!isMap(body)) {
    throw illegal(
      'the body must be a JSON object with timestamps, devices and lists of measurements, data_types and values',
    );
  }
  const timestamps = arrayField(body, 'timestamps');
  const devices = arrayField(body, 'devices');
  const measurements = arrayField(body, 'measurements_list');
  const dataTypes = arrayField(body, 'data_types_list');
  const values = arrayField(body, 'values_list');
  const count = timestamps.length;
  if (count > recordsMax) throw illegal(`${count} records are over the limit of ${recordsMax}: send several requests`);
  if ([devices, measurements, dataTypes, values].some(({ length }) => length !== count)) {
    throw illegal('timestamps, devices, measurements_list, data_types_list and values_list must be equally long');
  }
  const open = new Map<string, Rows>();
  const all: Rows[] = [];
  for (let record = 0; record < count; record++) {
    const names = listOf(measurements[record], `measurements_list[${record}]`);
    const types = listOf(dataTypes[record], `data_types_list[${record}]`);
    const cells = listOf(values[record], `values_list[${record}]`);
    if (names.length !== types.length || names.length !== cells.length) {
      throw illegal(
        `record ${record} has ${names.length} measurements, ${types.length} data_types and ${cells.length} values`,
      );
    }
    const device = devices[record];
    const key = JSON.stringify([names, types]);
    let rows = open.get(String(device));
    if (rows === undefined || JSON.stringify([rows.measurements, rows.dataTypes]) !== key) {
      rows = { device, measurements: names, dataTypes: types, timestamps: [], values: names.map(() => []) };
      open.set(String(device), rows);
      all.push(rows);
    }
    rows.timestamps.push(timestamps[record]);
    for (const [i, cell] of cells.entries()) rows.values[i]!.push(cell);
  }
  return all.map(tabletOf);
}

function tabletOf({ device, measurements, dataTypes, timestamps, values }: Rows): Tablet {
  try {
    return tabletFromJson({ device, measurements, data_types: dataTypes, timestamps, values });
  } catch (error) {
    throw illegal(cutText(`records of ${String(device)}: ${(error as Error).message}`, messageBytesMax));
  }
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw illegal(`${where} must be an array`);
  return value;
}
