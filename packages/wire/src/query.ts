// The typed reads: rows of a device, and aggregates by window over a device or a fleet.

import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { type Column, checkColumn, columnBytes, readColumn, writeColumn } from './column.ts';
import type { DataType } from './data-type.ts';
import { WireError } from './errors.ts';
import { aggregateValuesMax, columnsMax, deviceBytesMax, measurementBytesMax, rangeRowsMax } from './limits.ts';
import { checkMeasurements, readColumnNames, readTimestamps, writeColumnNames } from './tablet.ts';

export const aggregateFunctions = ['avg', 'sum', 'min', 'max', 'count', 'first', 'last'] as const;
export type AggregateFunction = (typeof aggregateFunctions)[number];

/** Rows of one device with `startMs <= timestamp < endMs`, ascending, the first `limit` of them. */
export interface RangeQuery {
  readonly device: string;
  readonly measurements: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  /** 1 to `rangeRowsMax`. */
  readonly limit: number;
}

/** A row for every timestamp at which at least one measurement has a value. */
export interface RangeResult {
  readonly timestamps: Float64Array;
  readonly measurements: readonly string[];
  readonly dataTypes: readonly DataType[];
  readonly columns: readonly Column[];
}

/** Windows `[startMs + k * windowMs, startMs + (k + 1) * windowMs)`, the last one cut at `endMs`. */
export interface AggregateQuery {
  /** A device, or `prefix.**` for all devices below the prefix together. */
  readonly device: string;
  readonly measurements: readonly string[];
  readonly functions: readonly AggregateFunction[];
  readonly startMs: number;
  readonly endMs: number;
  readonly windowMs: number;
}

export interface AggregateColumn {
  readonly measurement: string;
  readonly function: AggregateFunction;
  /** One for each window; NaN where there is nothing to aggregate (0 for `count`). */
  readonly values: Float64Array;
}

export interface AggregateResult {
  readonly windowStarts: Float64Array;
  /** For each measurement in the order of the query, for each function in the order of the query. */
  readonly columns: readonly AggregateColumn[];
}

/** What a node has stored, counted by reading all of it. */
export interface StoreStatistics {
  readonly devices: number;
  readonly series: number;
  /** Distinct (series, timestamp) pairs with a value. */
  readonly points: number;
  /** Every row of every applied tablet: larger than the number of rows sent only if something was applied twice. */
  readonly rowsApplied: number;
  readonly appliedIndex: number;
  /** Equal on all replicas with the same `appliedIndex`. */
  readonly checksum: number;
}

/** @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the query makes no sense or is over a limit. */
export function encodeRangeQuery(query: RangeQuery): Buffer {
  checkRangeQuery(query);
  const writer = new ByteWriter(512);
  writeSubject(writer, query);
  writer.u32(query.limit);
  return writer.written();
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeRangeQuery(bytes: Buffer): RangeQuery {
  const reader = new ByteReader(bytes);
  const query: RangeQuery = { ...readSubject(reader), limit: reader.u32() };
  reader.finish();
  checkRangeQuery(query);
  return query;
}

/** @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the query makes no sense or is over a limit. */
export function encodeAggregateQuery(query: AggregateQuery): Buffer {
  checkAggregateQuery(query);
  const writer = new ByteWriter(512);
  writeSubject(writer, query);
  writer.u64(query.windowMs);
  writer.u8(query.functions.length);
  for (const name of query.functions) writer.u8(aggregateFunctions.indexOf(name));
  return writer.written();
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeAggregateQuery(bytes: Buffer): AggregateQuery {
  const reader = new ByteReader(bytes);
  const subject = readSubject(reader);
  const windowMs = reader.u64();
  const functions: AggregateFunction[] = [];
  for (let left = reader.u8(); left > 0; left--) functions.push(readFunction(reader));
  reader.finish();
  const query: AggregateQuery = { ...subject, functions, windowMs };
  checkAggregateQuery(query);
  return query;
}

export function encodeRangeResult(result: RangeResult): Buffer {
  const rows = result.timestamps.length;
  let size = 64 + 8 * rows;
  for (const column of result.columns) size += columnBytes(column, rows);
  const writer = new ByteWriter(size);
  writeColumnNames(writer, result.measurements, result.dataTypes);
  writer.u32(rows);
  writer.array(result.timestamps);
  for (const [i, column] of result.columns.entries()) {
    checkColumn(column, result.dataTypes[i]!, rows);
    writeColumn(writer, column, rows);
  }
  return writer.written();
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeRangeResult(bytes: Buffer): RangeResult {
  const reader = new ByteReader(bytes);
  const { measurements, dataTypes } = readColumnNames(reader);
  const timestamps = readTimestamps(reader, rangeRowsMax);
  const columns = dataTypes.map((type) => readColumn(reader, type, timestamps.length));
  reader.finish();
  return { timestamps, measurements, dataTypes, columns };
}

export function encodeAggregateResult(result: AggregateResult): Buffer {
  const windows = result.windowStarts.length;
  const writer = new ByteWriter(64 + (8 * windows + 64) * (result.columns.length + 1));
  writer.u32(windows);
  writer.array(result.windowStarts);
  writer.u16(result.columns.length);
  for (const column of result.columns) {
    writer.text16(column.measurement);
    writer.u8(aggregateFunctions.indexOf(column.function));
    writer.array(column.values);
  }
  return writer.written();
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeAggregateResult(bytes: Buffer): AggregateResult {
  const reader = new ByteReader(bytes);
  const windowStarts = readTimestamps(reader, aggregateValuesMax);
  const columns: AggregateColumn[] = [];
  for (let left = reader.u16(); left > 0; left--) {
    const measurement = reader.text16(measurementBytesMax);
    const name = readFunction(reader);
    reader.expect(windowStarts.length, 8);
    const values = new Float64Array(windowStarts.length);
    reader.fill(values);
    columns.push({ measurement, function: name, values });
  }
  reader.finish();
  return { windowStarts, columns };
}

export function encodeStoreStatistics(statistics: StoreStatistics): Buffer {
  const writer = new ByteWriter(48);
  writer.u64(statistics.devices);
  writer.u64(statistics.series);
  writer.u64(statistics.points);
  writer.u64(statistics.rowsApplied);
  writer.u64(statistics.appliedIndex);
  writer.u64(statistics.checksum);
  return writer.written();
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED. */
export function decodeStoreStatistics(bytes: Buffer): StoreStatistics {
  const reader = new ByteReader(bytes);
  const statistics: StoreStatistics = {
    devices: reader.u64(),
    series: reader.u64(),
    points: reader.u64(),
    rowsApplied: reader.u64(),
    appliedIndex: reader.u64(),
    checksum: reader.u64(),
  };
  reader.finish();
  return statistics;
}

/** @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function checkRangeQuery(query: RangeQuery): void {
  checkSubject(query);
  if (!Number.isSafeInteger(query.limit) || query.limit < 1 || query.limit > rangeRowsMax) {
    throw new WireError('LIMIT_EXCEEDED', `the limit of a range must be 1 to ${rangeRowsMax} rows: page by startMs`);
  }
}

/** @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function checkAggregateQuery(query: AggregateQuery): void {
  checkSubject(query);
  const { functions, windowMs, startMs, endMs, measurements } = query;
  if (functions.length === 0 || new Set(functions).size !== functions.length) {
    throw new WireError('BYTES_MALFORMED', 'an aggregate needs at least one function, each at most once');
  }
  if (!Number.isSafeInteger(windowMs) || windowMs < 1) {
    throw new WireError('BYTES_MALFORMED', 'the window of an aggregate must be a whole number of ms, at least 1');
  }
  const values = Math.ceil((endMs - startMs) / windowMs) * functions.length * measurements.length;
  if (values > aggregateValuesMax) {
    throw new WireError(
      'LIMIT_EXCEEDED',
      `an aggregate of ${values} values is over the limit of ${aggregateValuesMax}: take a longer window or a shorter range`,
    );
  }
}

type Subject = Pick<RangeQuery, 'device' | 'measurements' | 'startMs' | 'endMs'>;

function writeSubject(writer: ByteWriter, subject: Subject): void {
  writer.text16(subject.device);
  writer.u16(subject.measurements.length);
  for (const measurement of subject.measurements) writer.text16(measurement);
  writer.i64(subject.startMs);
  writer.i64(subject.endMs);
}

function readSubject(reader: ByteReader): Subject {
  const device = reader.text16(deviceBytesMax);
  const measurements: string[] = [];
  for (let left = reader.u16(); left > 0; left--) measurements.push(reader.text16(measurementBytesMax));
  return { device, measurements, startMs: reader.i64(), endMs: reader.i64() };
}

function checkSubject({ device, measurements, startMs, endMs }: Subject): void {
  if (device === '') throw new WireError('BYTES_MALFORMED', 'a query names no device');
  if (Buffer.byteLength(device) > deviceBytesMax) {
    throw new WireError('LIMIT_EXCEEDED', `the name of a device is over the limit of ${deviceBytesMax} bytes`);
  }
  if (measurements.length === 0) throw new WireError('BYTES_MALFORMED', 'a query names no measurement');
  if (measurements.length > columnsMax) {
    throw new WireError('LIMIT_EXCEEDED', `${measurements.length} measurements are over the limit of ${columnsMax}`);
  }
  checkMeasurements(measurements);
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(endMs) || startMs > endMs) {
    throw new WireError('BYTES_MALFORMED', 'a query needs startMs <= endMs, both whole numbers of milliseconds');
  }
}

function readFunction(reader: ByteReader): AggregateFunction {
  const code = reader.u8();
  const name = aggregateFunctions[code];
  if (name === undefined) throw new WireError('BYTES_MALFORMED', `aggregate function ${code} is not known here`);
  return name;
}
