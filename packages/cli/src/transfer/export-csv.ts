// CSV as IoTDB's tools write it, row by row as it comes.

import type { Writable } from 'node:stream';
import { type DataType, dataTypeName } from '@balsa/wire';
import { CliError } from '../errors.ts';
import type { Cell, NodeClient, QueryRows } from '../node-client/node-client.ts';
import { exactText } from '../sql/output/cell-text.ts';
import { csvLine, csvText } from '../sql/output/csv-format.ts';
import { writeAll } from '../terminal/write-all.ts';
import { type DeviceInNode, queryDevice, type TimeSpan } from './export-source.ts';

export interface ExportCsvOptions {
  /** Whether the names of columns end with their types: what is imported again has them back. */
  readonly withTypes: boolean;
  readonly signal: AbortSignal;
  /** Hears of rows that were written. */
  readonly onRows: (count: number) => void;
}

/** The result of a query: `Time,root.d.s1(INT32),...`, or `Time,Device,s1(INT32),...` if it is aligned by device. */
export async function exportResult(
  { columns, hasTime, blocks }: QueryRows,
  output: Writable,
  { withTypes, signal, onRows }: ExportCsvOptions,
): Promise<void> {
  const types = columns.map(({ dataType }) => dataType);
  const names = columns.map(({ name, dataType }, at) => {
    const isDevice = at === 0 && hasTime && name === 'Device';
    return withTypes && !isDevice ? `${name}(${dataType})` : name;
  });
  if (hasTime) types.unshift('INT64');
  await writeAll(output, csvLine(hasTime ? ['Time', ...names] : names), signal);
  for await (const rows of blocks) {
    const text = rows.map((row) => rowText(row, types)).join('');
    await writeAll(output, text, signal);
    onRows(rows.length);
  }
}

/** `Time,Device,s1(INT32),...`, one device after the other. @throws CliError EXPORT_UNFIT: a measurement has several types. */
export async function exportDevices(
  client: NodeClient,
  devices: readonly DeviceInNode[],
  span: TimeSpan,
  output: Writable,
  { withTypes, signal, onRows }: ExportCsvOptions,
): Promise<void> {
  const types = typesByMeasurement(devices);
  const names = [...types.keys()];
  const heads = Array.from(types, ([name, type]) => (withTypes ? `${name}(${dataTypeName(type)})` : name));
  await writeAll(output, csvLine(['Time', 'Device', ...heads]), signal);
  for (const device of devices) {
    const places = device.series.map(({ measurement }) => names.indexOf(measurement));
    const ownTypes = device.series.map(({ dataType }) => dataTypeName(dataType));
    const name = csvText(device.path);
    const { blocks } = await queryDevice(client, device, span, signal);
    for await (const rows of blocks) {
      const text = rows
        .map((row) => {
          const texts = new Array<string>(names.length).fill('');
          for (const [at, place] of places.entries()) texts[place] = fieldText(row[at + 1] ?? null, ownTypes[at]!);
          return `${row[0]},${name},${texts.join(',')}\n`;
        })
        .join('');
      await writeAll(output, text, signal);
      onRows(rows.length);
    }
  }
}

function typesByMeasurement(devices: readonly DeviceInNode[]): Map<string, DataType> {
  const types = new Map<string, DataType>();
  for (const { path, series } of devices) {
    for (const { measurement, dataType } of series) {
      const other = types.get(measurement) ?? dataType;
      if (other !== dataType) {
        const both = `${dataTypeName(other)} and ${dataTypeName(dataType)} (${path})`;
        throw new CliError('EXPORT_UNFIT', `${measurement} is ${both}: take --shape wide, or a TsFile`);
      }
      types.set(measurement, dataType);
    }
  }
  return types;
}

function rowText(row: readonly Cell[], types: readonly string[]): string {
  return `${row.map((cell, at) => fieldText(cell, types[at] ?? 'TEXT')).join(',')}\n`;
}

function fieldText(cell: Cell, type: string): string {
  return cell === '' ? '""' : csvText(exactText(type, cell));
}
