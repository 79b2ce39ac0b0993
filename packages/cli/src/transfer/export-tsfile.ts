// A TsFile, device by device: some thousands of rows at a time are held, never a whole series.

import { type AlignedColumn, binariesOf, type Column, type SeriesSchema, type TsFileWriter } from '@balsa/tsfile';
import { allocateValues, DataType, dataTypeNamed, nullBytes, type DataType as Type } from '@balsa/wire';
import { CliError } from '../errors.ts';
import type { Cell, NodeClient, QueryRows } from '../node-client/node-client.ts';
import { alignedAmong, type DeviceInNode, queryDevice, seriesOfColumn, type TimeSpan } from './export-source.ts';

export interface ExportTsFileOptions {
  readonly signal: AbortSignal;
  /** Hears of rows that were written. */
  readonly onRows: (count: number) => void;
}

/** Of a chunk, over all columns. */
const CELLS_MAX = 1 << 19;
const ROWS_MAX = 1 << 16;
const TEXT_CHARS_MAX = 16 << 20;

/** Series of one device, and where their cells are in a row. */
interface Target {
  readonly device: string;
  readonly isAligned: boolean;
  readonly schemas: readonly SeriesSchema[];
  readonly at: readonly number[];
}

export async function writeDevices(
  client: NodeClient,
  devices: readonly DeviceInNode[],
  span: TimeSpan,
  writer: TsFileWriter,
  options: ExportTsFileOptions,
): Promise<void> {
  for (const device of devices) {
    const { blocks } = await queryDevice(client, device, span, options.signal);
    const schemas = device.series.map(({ measurement, dataType }) => ({ measurement, dataType }));
    const target = { device: device.path, isAligned: device.isAligned, schemas, at: schemas.map((_, at) => at + 1) };
    await writeBlocks(writer, [target], blocks, options);
  }
}

/** @throws CliError EXPORT_UNFIT: a column is no series, or there is no time. */
export async function writeResult(
  client: NodeClient,
  result: QueryRows,
  writer: TsFileWriter,
  options: ExportTsFileOptions,
): Promise<void> {
  const { columns, hasTime, blocks } = result;
  if (!hasTime) throw unfit('it has no times');
  const isByDevice = columns[0]?.name === 'Device' && columns[0].dataType === 'TEXT';
  if (isByDevice) return writeByDevice(client, result, writer, options);
  const byDevice = new Map<string, { readonly schemas: SeriesSchema[]; readonly at: number[] }>();
  for (const [at, { name, dataType }] of columns.entries()) {
    const series = seriesOfColumn(name);
    if (series === undefined) throw unfit(`"${name}" is none`);
    const own = byDevice.get(series.device) ?? { schemas: [], at: [] };
    own.schemas.push({ measurement: series.measurement, dataType: typeNamed(dataType) });
    own.at.push(at + 1);
    byDevice.set(series.device, own);
  }
  const aligned = await alignedAmong(client, byDevice, options.signal);
  const targets = Array.from(byDevice, ([device, own]) => ({ device, isAligned: aligned.has(device), ...own }));
  await writeBlocks(writer, targets, blocks, options);
}

/** Rows of ALIGN BY DEVICE come device by device, unless they are ordered otherwise. */
async function writeByDevice(
  client: NodeClient,
  { columns, blocks }: QueryRows,
  writer: TsFileWriter,
  options: ExportTsFileOptions,
): Promise<void> {
  const measured = columns.slice(1);
  const schemas = measured.map(({ name, dataType }) => ({ measurement: name, dataType: typeNamed(dataType) }));
  const computed = schemas.find(({ measurement }) => seriesOfColumn(`root.d.${measurement}`) === undefined);
  if (computed !== undefined) throw unfit(`"${computed.measurement}" is none`);
  const aligned = await alignedAmong(client, { has: () => true }, options.signal);
  const at = schemas.map((_, place) => place + 2);
  let open: { readonly device: string; readonly rows: (readonly Cell[])[] } | undefined;
  const flush = async (): Promise<void> => {
    if (open === undefined) return;
    const { device, rows } = open;
    open = undefined;
    await writeRows(writer, { device, isAligned: aligned.has(device), schemas, at }, rows);
    options.onRows(rows.length);
  };
  for await (const rows of blocks) {
    for (const row of rows) {
      const device = String(row[1]);
      if (open !== undefined && (open.device !== device || open.rows.length >= rowsMaxOf(schemas.length)))
        await flush();
      open ??= { device, rows: [] };
      open.rows.push(row);
    }
  }
  await flush();
}

async function writeBlocks(
  writer: TsFileWriter,
  targets: readonly Target[],
  blocks: QueryRows['blocks'],
  { onRows }: ExportTsFileOptions,
): Promise<void> {
  const rowsMax = rowsMaxOf(targets.reduce((sum, { at }) => sum + at.length, 0));
  let waiting: (readonly Cell[])[] = [];
  let textChars = 0;
  const flush = async (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    textChars = 0;
    for (const target of targets) await writeRows(writer, target, rows);
    onRows(rows.length);
  };
  for await (const rows of blocks) {
    for (const row of rows) {
      waiting.push(row);
      for (const cell of row) if (typeof cell === 'string') textChars += cell.length;
      if (waiting.length >= rowsMax || textChars >= TEXT_CHARS_MAX) await flush();
    }
  }
  await flush();
}

async function writeRows(
  writer: TsFileWriter,
  { device, isAligned, schemas, at }: Target,
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  if (isAligned) {
    const own = rows.filter((row) => at.some((place) => hasValue(row, place)));
    if (own.length === 0) return;
    const columns: AlignedColumn[] = schemas.map((schema, i) => {
      return {
        schema,
        column: columnOf(
          schema.dataType,
          own.map((row) => row[at[i]!] ?? null),
        ),
      };
    });
    await writer.writeAligned(device, timesOf(own), columns);
    return;
  }
  for (const [i, schema] of schemas.entries()) {
    const own = rows.filter((row) => hasValue(row, at[i]!));
    if (own.length === 0) continue;
    const { values } = columnOf(
      schema.dataType,
      own.map((row) => row[at[i]!] ?? null),
    );
    await writer.writeSeries(device, schema, timesOf(own), { values });
  }
}

function hasValue(row: readonly Cell[], place: number): boolean {
  return (row[place] ?? null) !== null;
}

function timesOf(rows: readonly (readonly Cell[])[]): Float64Array {
  return Float64Array.from(rows, ([time]) => Number(time));
}

function columnOf(dataType: Type, cells: readonly Cell[]): Column {
  const nulls = new Uint8Array(nullBytes(cells.length));
  for (const [row, cell] of cells.entries()) if (cell === null) nulls[row >> 3] = nulls[row >> 3]! | (1 << (row & 7));
  const hasNulls = nulls.some((byte) => byte !== 0);
  const values = valuesOf(dataType, cells);
  return hasNulls ? { values, nulls } : { values };
}

function valuesOf(dataType: Type, cells: readonly Cell[]): Column['values'] {
  if (dataType === DataType.TEXT || dataType === DataType.STRING)
    return binariesOf(cells.map((cell) => String(cell ?? '')));
  if (dataType === DataType.BLOB) {
    return binariesOf(cells.map((cell) => Buffer.from(String(cell ?? ''), 'base64')));
  }
  const values = allocateValues(dataType, cells.length) as Exclude<
    ReturnType<typeof allocateValues>,
    readonly string[] | readonly Uint8Array[]
  >;
  for (const [row, cell] of cells.entries()) {
    if (cell === null) continue;
    if (values instanceof BigInt64Array) values[row] = BigInt(cell);
    else values[row] = Number(cell);
  }
  return values;
}

function rowsMaxOf(columns: number): number {
  return Math.max(1, Math.min(ROWS_MAX, Math.floor(CELLS_MAX / Math.max(1, columns))));
}

function typeNamed(name: string): Type {
  const type = dataTypeNamed(name);
  if (type === undefined) throw unfit(`${name} is no type of a series`);
  return type;
}

function unfit(why: string): CliError {
  return new CliError('EXPORT_UNFIT', `a TsFile takes only series as they are, with their times: ${why}`);
}
