// The tour's input: a CSV file whose first column is time and whose others are numbers.

import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { columnsMax } from '@balsa/wire';
import { CliError } from '../errors.ts';

/** Columns as the database wants them. */
export interface TimeTable {
  /** Milliseconds since the epoch, one for each row. */
  readonly timestamps: Float64Array;
  readonly measurements: readonly string[];
  /** One for each measurement, as long as `timestamps`. */
  readonly columns: readonly Float64Array[];
}

/** Hourly climate normals of Seattle; provenance and units are in the README.txt beside it. */
export const weatherFile: string = fileURLToPath(
  new URL('../../../../examples/data/seattle-weather-hourly-normals.csv', import.meta.url),
);

const FILE_BYTES_MAX = 64 * 1024 * 1024;
const COMPLAINTS_MAX = 5;
const QUOTED_CHARACTERS_MAX = 60;
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

/** @throws CliError CSV_BROKEN: the file cannot be read, is over the limit, or has rows that `parseTimeTable` refuses. */
export async function readTimeTable(path: string): Promise<TimeTable> {
  try {
    const { size } = await stat(path);
    if (size > FILE_BYTES_MAX)
      throw new CliError('CSV_BROKEN', `${path} has ${size} bytes; the most is ${FILE_BYTES_MAX}`);
    return parseTimeTable(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError('CSV_BROKEN', `${path} cannot be read: ${String(error)}`, { cause: error });
  }
}

/**
 * Reads `date,<measurement>,...` and rows such as `2010-01-01T01:00:00,1016.6,4.0`, times being taken as UTC.
 * @throws CliError CSV_BROKEN, naming the first lines that are wrong, and why.
 */
export function parseTimeTable(text: string, fileName: string): TimeTable {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const [date, ...measurements] = (lines.shift() ?? '').split(',');
  if (date !== 'date' || measurements.length === 0 || measurements.some((name) => name === '' || name.includes('\r'))) {
    throw new CliError('CSV_BROKEN', `${fileName}:1: the first line must be "date,<measurement>,..."`);
  }

  if (measurements.length > columnsMax) {
    throw new CliError('CSV_BROKEN', `${fileName}:1: ${measurements.length} measurements; the most is ${columnsMax}`);
  }

  // They grow with the rows that are read: the header alone must not decide how much memory is taken.
  const timestamps: number[] = [];
  const columns = measurements.map((): number[] => []);
  const complaints: string[] = [];
  for (const [row, line] of lines.entries()) {
    const complaint = readRow(line, timestamps, columns);
    if (complaint === undefined) continue;
    // Lines count from 1, and the first is the header.
    complaints.push(`${fileName}:${row + 2}: ${complaint}`);
    if (complaints.length === COMPLAINTS_MAX) break;
  }
  if (complaints.length > 0) throw new CliError('CSV_BROKEN', complaints.join('\n'));
  return {
    timestamps: Float64Array.from(timestamps),
    measurements,
    columns: columns.map((values) => Float64Array.from(values)),
  };
}

/** Adds one row; gives what is wrong with it, if anything. */
function readRow(line: string, timestamps: number[], columns: readonly number[][]): string | undefined {
  const [time = '', ...cells] = line.split(',');
  if (cells.length !== columns.length) return `${cells.length + 1} cells where the header has ${columns.length + 1}`;
  const timestamp = dateTime.test(time) ? Date.parse(`${time}Z`) : Number.NaN;
  if (Number.isNaN(timestamp)) return `${quote(time)} is not a time such as 2010-01-01T01:00:00`;
  timestamps.push(timestamp);
  for (const [at, column] of columns.entries()) {
    const cell = cells[at] ?? '';
    const value = cell.trim() === '' ? Number.NaN : Number(cell);
    if (!Number.isFinite(value)) return `${quote(cell)} is not a number`;
    column.push(value);
  }
  return undefined;
}

/** Long enough to be found again in the file. */
function quote(cell: string): string {
  return cell.length > QUOTED_CHARACTERS_MAX ? `"${cell.slice(0, QUOTED_CHARACTERS_MAX)}…"` : `"${cell}"`;
}
