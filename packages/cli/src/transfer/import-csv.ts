// CSV into a node: a look at the first rows, then row by row into tablets.

import { stat } from 'node:fs/promises';
import { readTime, type Zone } from '@balsa/sql';
import { DataType, dataTypeName } from '@balsa/wire';
import { CliError } from '../errors.ts';
import type { Cell, NodeClient } from '../node-client/node-client.ts';
import { formatPlural } from '../terminal/format.ts';
import { startProgress } from '../terminal/progress.ts';
import type { Screen } from '../terminal/screen.ts';
import { BadLines } from './csv/bad-lines.ts';
import { cellValue, inferredType, misfit } from './csv/cell-value.ts';
import { type CsvHead, deviceOf, readHead } from './csv/csv-head.ts';
import { type BrokenRecord, CsvReader, type CsvRecord } from './csv/csv-records.ts';
import { type ColumnType, columnTypes } from './csv/infer-types.ts';
import { DeviceRows, type RowColumns } from './device-rows.ts';
import { fileLines } from './file-lines.ts';
import { storedTypes } from './stored-types.ts';
import { TabletSender } from './tablet-sender.ts';

export interface ImportCsvOptions {
  readonly zone: Zone;
  /** Devices that there are not yet are to be aligned. */
  readonly isAligned: boolean;
  /** By measurement or by path. */
  readonly types: ReadonlyMap<string, DataType>;
  /** Rows to be looked at before the first is sent. */
  readonly sampleRows: number;
  readonly badLinesMax: number;
  /** Nothing is sent. */
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

export interface Imported {
  /** Acknowledged; of a dry run: that would have been sent. */
  readonly rows: number;
  /** Left aside. */
  readonly bad: number;
}

/** So many devices of the sample are asked about. */
const ASKED_DEVICES_MAX = 100;

/** @throws CliError CSV_BROKEN, BAD_LINES_OVER_LIMIT, FILE_UNREADABLE; errors of the client. */
export async function importCsv(
  path: string,
  client: NodeClient,
  screen: Screen,
  options: ImportCsvOptions,
): Promise<Imported> {
  const { signal, isDryRun } = options;
  const records = recordsOf(path, signal);
  const { value: first } = await records.next();
  if (first === undefined) throw new CliError('CSV_BROKEN', `${path} is empty`);
  const { head, raw } = first.head;
  const sample = await firstRecords(records, options.sampleRows);
  const types = await typesFor(head, sample.records, client, options);
  showTypes(head, types, screen);

  const bad = new BadLines({
    path: isDryRun ? undefined : `${path}.bad.csv`,
    head: raw,
    max: options.badLinesMax,
    report: (text) => screen.line(screen.style.bad(text)),
  });
  const { size } = await stat(path);
  const progress = startProgress(screen, size, 'bytes');
  let rows = 0;
  const onRows = (count: number): void => {
    rows += count;
  };
  const sender = new TabletSender(client, { signal, onRows });
  const toRow = rowReader(head, types, options.zone);
  const waiting = new DeviceRows(options.isAligned);
  const send = async (tablets: ReturnType<DeviceRows['takeAll']>): Promise<void> => {
    for (const tablet of tablets) {
      if (isDryRun) rows += tablet.times.length;
      else await sender.send(tablet);
    }
  };
  try {
    for await (const { records: some, bytesRead } of joined(sample, records)) {
      for (const record of some) {
        const row = 'fields' in record ? toRow(record) : record.reason;
        if (typeof row === 'string') {
          await bad.add({ ...record, reason: row });
          continue;
        }
        for (const { device, columns, cells } of row.parts) {
          const tablets = waiting.add(device, columns, row.time, cells);
          if (tablets.length > 0) await send(tablets);
        }
      }
      progress.update(bytesRead);
    }
    await send(waiting.takeAll());
    await sender.finish();
  } finally {
    progress.end();
    await bad.close();
  }
  return { rows, bad: bad.count };
}

interface RecordsRead {
  readonly head: { readonly head: CsvHead; readonly raw: string };
  readonly records: readonly (CsvRecord | BrokenRecord)[];
  readonly bytesRead: number;
}

/** The first has the head; the line with it is none of the records. */
async function* recordsOf(path: string, signal: AbortSignal): AsyncGenerator<RecordsRead, void, undefined> {
  const reader = new CsvReader();
  let head: RecordsRead['head'] | undefined;
  let bytesRead = 0;
  const withHead = (records: (CsvRecord | BrokenRecord)[]): RecordsRead | undefined => {
    if (head === undefined) {
      const first = records.shift();
      if (first === undefined) return undefined;
      if (!('fields' in first)) throw new CliError('CSV_BROKEN', `${path}:1: ${first.reason}`);
      head = { head: readHead(first.fields, path), raw: first.raw };
      reader.fieldCount = first.fields.length;
    }
    return { head, records, bytesRead };
  };
  for await (const read of fileLines(path)) {
    signal.throwIfAborted();
    bytesRead = read.bytesRead;
    const records: (CsvRecord | BrokenRecord)[] = [];
    for (const line of read.lines) {
      records.push(...reader.push(line));
      // What follows is read with the number of fields that the head has.
      if (head === undefined && records.length > 0) {
        const some = withHead(records.splice(0));
        if (some !== undefined) yield some;
      }
    }
    const some = withHead(records);
    if (some !== undefined) yield some;
  }
  const some = withHead(reader.end());
  if (some !== undefined) yield some;
}

interface Sample {
  readonly records: readonly (CsvRecord | BrokenRecord)[];
  readonly bytesRead: number;
}

async function firstRecords(records: AsyncGenerator<RecordsRead, void, undefined>, count: number): Promise<Sample> {
  const sample: (CsvRecord | BrokenRecord)[] = [];
  let bytesRead = 0;
  while (sample.length < count) {
    const { value } = await records.next();
    if (value === undefined) break;
    for (const record of value.records) sample.push(record);
    bytesRead = value.bytesRead;
  }
  return { records: sample, bytesRead };
}

async function* joined(sample: Sample, rest: AsyncIterable<RecordsRead>): AsyncGenerator<Sample, void, undefined> {
  yield sample;
  yield* rest;
}

async function typesFor(
  head: CsvHead,
  sample: readonly (CsvRecord | BrokenRecord)[],
  client: NodeClient,
  { types, sampleRows, isDryRun, signal }: ImportCsvOptions,
): Promise<ColumnType[]> {
  const { hasDevice, columns } = head;
  const cut = sample.slice(0, sampleRows);
  const rows = cut.flatMap((record) => ('fields' in record ? [record.fields] : []));
  const fromSample = hasDevice ? rows.map((fields) => deviceOf(fields[1]?.trim() ?? '')) : [];
  const named = hasDevice ? fromSample : columns.map(({ device }) => device);
  const devices = [...new Set(named)].flatMap((device) => device ?? []).slice(0, ASKED_DEVICES_MAX);
  const asked = storedTypes(client, devices, signal);
  // Without a node, a dry run can still look at the file.
  const known = isDryRun ? await asked.catch(() => new Map<string, DataType>()) : await asked;
  const stored = (at: number): DataType | undefined => {
    const { device, measurement } = columns[at]!;
    const owners = device === undefined ? devices : [device];
    const found = new Set(owners.flatMap((owner) => known.get(`${owner}.${measurement}`) ?? []));
    return found.size === 1 ? [...found][0] : undefined;
  };
  const texts = rows.map((fields) => fields.slice(hasDevice ? 2 : 1));
  return columnTypes(head, texts, { given: types, stored });
}

function showTypes(head: CsvHead, types: readonly ColumnType[], screen: Screen): void {
  const shownMax = 40;
  for (const [at, { dataType, why }] of types.slice(0, shownMax).entries()) {
    const type = dataType === undefined ? '?' : dataTypeName(dataType);
    screen.line(`${head.columns[at]!.name}  ${screen.style.accent(type)}  ${screen.style.faint(why)}`);
  }
  if (types.length > shownMax) screen.line(`... and ${formatPlural(types.length - shownMax, 'more column')}`);
}

interface RowPart {
  readonly device: string;
  readonly columns: RowColumns;
  readonly cells: readonly Cell[];
}

interface Row {
  readonly time: number;
  readonly parts: readonly RowPart[];
}

/** Columns of one device. */
interface ColumnsOfDevice {
  readonly device: string;
  /** Their places in the file. */
  readonly at: readonly number[];
  readonly columns: { readonly measurements: readonly string[]; readonly dataTypes: DataType[] };
}

/** Gives a row, or what is wrong with it. */
function rowReader(head: CsvHead, types: readonly ColumnType[], zone: Zone): (record: CsvRecord) => Row | string {
  const { hasDevice, columns } = head;
  const before = hasDevice ? 2 : 1;
  const decided = types.map(({ dataType }) => dataType);
  const groups = columnsByDevice(head, decided);

  /** The first value of a column that had none in the sample. */
  const decide = (at: number, dataType: DataType): void => {
    decided[at] = dataType;
    for (const group of groups) {
      const place = group.at.indexOf(at);
      if (place >= 0) group.columns.dataTypes[place] = dataType;
    }
  };

  return ({ fields }) => {
    if (fields.length !== columns.length + before) {
      return `${formatPlural(fields.length, 'column')}, and the head has ${columns.length + before}`;
    }
    const time = readTime(fields[0]?.trim() ?? '', zone);
    if (time === undefined) return `${JSON.stringify(fields[0] ?? '')} is no time`;
    const rowDevice = hasDevice ? deviceOf(fields[1]?.trim() ?? '') : '';
    if (rowDevice === undefined) return `${JSON.stringify(fields[1] ?? '')} is no device`;
    const cells: Cell[] = [];
    for (let at = 0; at < columns.length; at++) {
      const text = fields[at + before] ?? null;
      if (text === null) {
        cells.push(null);
        continue;
      }
      const dataType = decided[at] ?? inferredType(text);
      const value = cellValue(dataType, text, zone);
      if (value === undefined) return `${columns[at]!.name}: ${misfit(dataType, text)}`;
      if (decided[at] === undefined) decide(at, dataType);
      cells.push(value);
    }
    const parts = groups.map((group) => {
      const own = group.at.map((at) => cells[at] ?? null);
      return { device: group.device || rowDevice, columns: group.columns, cells: own };
    });
    return { time, parts: parts.filter((part) => part.cells.some((cell) => cell !== null)) };
  };
}

function columnsByDevice({ columns }: CsvHead, decided: readonly (DataType | undefined)[]): ColumnsOfDevice[] {
  const places = new Map<string, number[]>();
  for (const [at, { device = '' }] of columns.entries()) {
    const known = places.get(device);
    if (known === undefined) places.set(device, [at]);
    else known.push(at);
  }
  return Array.from(places, ([device, at]) => {
    const measurements = at.map((each) => columns[each]!.measurement);
    // A column that has had no value yet is not sent.
    return { device, at, columns: { measurements, dataTypes: at.map((each) => decided[each] ?? DataType.TEXT) } };
  });
}
