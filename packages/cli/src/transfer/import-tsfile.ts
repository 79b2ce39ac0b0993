// A TsFile into a node, device by device; aligned series stay aligned.

import { nameText } from '@balsa/sql';
import {
  type Binaries,
  binaryAt,
  type DeviceId,
  isNull,
  openTsFile,
  pathOfDevice,
  type SeriesMetadata,
  type Column as StoredColumn,
  type TsFileReader,
  textAt,
} from '@balsa/tsfile';
import { DataType, dataTypeOf } from '@balsa/wire';
import { CliError } from '../errors.ts';
import type { Cell, NodeClient } from '../node-client/node-client.ts';
import { startProgress } from '../terminal/progress.ts';
import type { Screen } from '../terminal/screen.ts';
import { deviceOf } from './csv/csv-head.ts';
import { DeviceRows, type RowColumns } from './device-rows.ts';
import { TabletSender } from './tablet-sender.ts';

export interface ImportTsFileOptions {
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

export interface ImportedTsFile {
  /** Acknowledged: rows of aligned devices, and of each series by itself; of a dry run: that would have been sent. */
  readonly rows: number;
}

/** @throws CliError TSFILE_UNFIT; TsFileError; errors of the client. */
export async function importTsFile(
  path: string,
  client: NodeClient,
  screen: Screen,
  { isDryRun, signal }: ImportTsFileOptions,
): Promise<ImportedTsFile> {
  const reader = await openTsFile(path);
  try {
    const { devices, values } = await surveyOf(reader);
    const progress = startProgress(screen, values, 'values');
    let rows = 0;
    let valuesRead = 0;
    const onRows = (count: number): void => {
      rows += count;
    };
    const sender = new TabletSender(client, { signal, onRows });
    const send = async (tablets: ReturnType<DeviceRows['takeAll']>): Promise<void> => {
      for (const tablet of tablets) {
        if (isDryRun) rows += tablet.times.length;
        else await sender.send(tablet);
      }
    };
    try {
      for (const device of devices) {
        for (const part of partsOf(reader, device)) {
          const waiting = new DeviceRows(device.isAligned);
          for await (const block of part.blocks) {
            signal.throwIfAborted();
            for (const { time, cells } of rowsOf(block, part.columns)) {
              valuesRead += cells.reduce<number>((count, cell) => count + (cell === null ? 0 : 1), 0);
              const tablets = waiting.add(device.path, part.columns, time, cells);
              if (tablets.length > 0) await send(tablets);
            }
            progress.update(valuesRead);
          }
          await send(waiting.takeAll());
        }
      }
      await sender.finish();
    } finally {
      progress.end();
    }
    return { rows };
  } finally {
    await reader.close();
  }
}

interface StoredDevice {
  readonly id: DeviceId;
  readonly path: string;
  readonly isAligned: boolean;
  /** Without times. */
  readonly series: readonly (Pick<SeriesMetadata, 'measurement'> & { readonly dataType: DataType })[];
}

interface Survey {
  readonly devices: readonly StoredDevice[];
  readonly values: number;
}

/** What is in the file. Everything is refused before anything is written. */
async function surveyOf(reader: TsFileReader): Promise<Survey> {
  const devices: StoredDevice[] = [];
  let values = 0;
  for await (const id of reader.devices()) {
    const name = pathOfDevice(id);
    const path = deviceOf(name);
    if (path === undefined) {
      throw new CliError(
        'TSFILE_UNFIT',
        `its device ${JSON.stringify(name)} is no path from root on: files of tables are not imported`,
      );
    }
    const series: { measurement: string; dataType: DataType }[] = [];
    let isAligned = false;
    for await (const { role, measurement, dataType, statistics } of reader.seriesOf(id)) {
      isAligned ||= role !== 'plain';
      const served = dataTypeOf(dataType);
      // Times have a type of their own.
      if (role === 'time' || served === undefined) continue;
      series.push({ measurement, dataType: served });
      values += Number(statistics.count);
    }
    if (series.length > 0) devices.push({ id, path, isAligned, series });
  }
  return { devices, values };
}

interface Block {
  readonly times: BigInt64Array;
  readonly columns: readonly (StoredColumn | undefined)[];
}

interface Part {
  readonly columns: RowColumns;
  readonly blocks: AsyncIterable<Block>;
}

/** The series of a device together if they share their times, each by itself otherwise. */
function* partsOf(reader: TsFileReader, { id, isAligned, series }: StoredDevice): Generator<Part, void, undefined> {
  const columnsFor = (some: StoredDevice['series']): RowColumns => ({
    measurements: some.map(({ measurement }) => measurementText(measurement)),
    dataTypes: some.map(({ dataType }) => dataType),
  });
  if (isAligned) {
    const names = series.map(({ measurement }) => measurement);
    yield { columns: columnsFor(series), blocks: reader.scanAligned(id, names) };
    return;
  }
  for (const one of series) yield { columns: columnsFor([one]), blocks: plainBlocks(reader, id, one.measurement) };
}

async function* plainBlocks(reader: TsFileReader, id: DeviceId, measurement: string): AsyncGenerator<Block> {
  for await (const { times, column } of reader.scan(id, measurement)) yield { times, columns: [column] };
}

/** Names stand in files with their backquotes or without. */
function measurementText(name: string): string {
  return name.length > 1 && name.startsWith('`') && name.endsWith('`') ? name : nameText(name);
}

function* rowsOf(
  { times, columns }: Block,
  { dataTypes }: RowColumns,
): Generator<{ readonly time: number; readonly cells: readonly Cell[] }, void, undefined> {
  for (let row = 0; row < times.length; row++) {
    const time = Number(times[row]);
    if (!Number.isSafeInteger(time)) {
      throw new CliError(
        'TSFILE_UNFIT',
        `the time ${times[row]} is none in milliseconds: the file may count in nanoseconds`,
      );
    }
    const cells = columns.map((column, at) => cellOf(column, row, dataTypes[at]!));
    if (cells.some((cell) => cell !== null)) yield { time, cells };
  }
}

function cellOf(column: StoredColumn | undefined, row: number, dataType: DataType): Cell {
  if (column === undefined || isNull(column.nulls, row)) return null;
  const { values } = column;
  if (dataType === DataType.TEXT || dataType === DataType.STRING) return textAt(values as Binaries, row);
  if (dataType === DataType.BLOB) return Buffer.from(binaryAt(values as Binaries, row)).toString('base64');
  const value = (values as Exclude<typeof values, Binaries>)[row]!;
  if (dataType === DataType.BOOLEAN) return value === 1;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return Number.isFinite(value) ? value : String(value);
}
