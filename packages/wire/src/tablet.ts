// A tablet: rows of one device, column by column. The unit in which clients write and the store applies.
//
//   u8   format version, 1
//   text16 device
//   u16  number of columns, then for each: u8 type, text16 measurement
//   u32  number of rows
//   rows x f64 timestamp
//   columns, see column.ts

import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  bytesPerValueMin,
  type Column,
  ColumnMemory,
  checkColumn,
  columnBytes,
  readColumn,
  writeColumn,
} from './column.ts';
import { type DataType, dataTypeOf } from './data-type.ts';
import { WireError } from './errors.ts';
import { columnsMax, deviceBytesMax, measurementBytesMax, rowsMax } from './limits.ts';
import { readDataType } from './read-data-type.ts';

const formatVersion = 1;

/** What a tablet is about. */
export interface TabletHeader {
  /** Full path, such as `root.plant.line4.press2`. */
  readonly device: string;
  readonly measurements: readonly string[];
  /** One for each measurement. */
  readonly dataTypes: readonly DataType[];
}

export interface Tablet extends TabletHeader {
  /** Milliseconds since 1970, safe integers; in any order, repeats allowed: the last of equal timestamps wins. */
  readonly timestamps: Float64Array;
  /** One for each measurement, each with as many values as there are timestamps. */
  readonly columns: readonly Column[];
}

/** @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the tablet contradicts itself or is over a limit. */
export function encodeTablet(tablet: Tablet): Buffer {
  const writer = new ByteWriter(tabletBytes(tablet));
  writeTablet(writer, tablet);
  return writer.written();
}

/** @throws WireError as `encodeTablet`. */
export function writeTablet(writer: ByteWriter, tablet: Tablet): void {
  checkTablet(tablet);
  const { device, measurements, dataTypes, timestamps, columns } = tablet;
  writer.u8(formatVersion);
  writer.text16(device);
  writeColumnNames(writer, measurements, dataTypes);
  writer.u32(timestamps.length);
  writer.array(timestamps);
  for (const column of columns) writeColumn(writer, column, timestamps.length);
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeTablet(bytes: Buffer): Tablet {
  const reader = new ByteReader(bytes);
  const header = readTabletHeader(reader);
  const { device, measurements, dataTypes } = header;
  const rows = readRowCount(reader, rowsMax);
  // No memory is taken for what is not there.
  let rowBytes = 8;
  for (let i = 0; i < dataTypes.length; i++) rowBytes += bytesPerValueMin(dataTypes[i]!);
  reader.expect(rows, rowBytes);
  const memory = new ColumnMemory(dataTypes, rows);
  const timestamps = fillTimestamps(reader, new Float64Array(rows));
  const columns: Column[] = [];
  for (let i = 0; i < dataTypes.length; i++) columns.push(readColumn(reader, dataTypes[i]!, rows, memory));
  reader.finish();
  return { device, measurements, dataTypes, timestamps, columns };
}

/** Reads only what the tablet is about; the rows behind it are not looked at. @throws WireError as `decodeTablet`. */
export function decodeTabletHeader(bytes: Buffer): TabletHeader {
  return readTabletHeader(new ByteReader(bytes));
}

function readTabletHeader(reader: ByteReader): TabletHeader {
  const version = reader.u8();
  if (version !== formatVersion) {
    throw new WireError('BYTES_MALFORMED', `tablet format ${version} is not known here, only ${formatVersion}`);
  }
  const device = reader.text16(deviceBytesMax);
  const names = readColumnNames(reader);
  if (device === '') throw new WireError('BYTES_MALFORMED', 'a tablet names no device');
  if (names.measurements.length === 0) throw new WireError('BYTES_MALFORMED', 'a tablet has no columns');
  return { device, ...names };
}

export function writeColumnNames(
  writer: ByteWriter,
  measurements: readonly string[],
  dataTypes: readonly DataType[],
): void {
  writer.u16(measurements.length);
  for (let i = 0; i < measurements.length; i++) {
    writer.u8(dataTypes[i] ?? 0);
    writer.text16(measurements[i]!);
  }
}

export function readColumnNames(reader: ByteReader): { measurements: string[]; dataTypes: DataType[] } {
  const count = reader.u16();
  if (count > columnsMax) throw new WireError('LIMIT_EXCEEDED', `${count} columns are over the limit of ${columnsMax}`);
  const measurements: string[] = [];
  const dataTypes: DataType[] = [];
  for (let i = 0; i < count; i++) {
    dataTypes.push(readDataType(reader));
    measurements.push(reader.text16(measurementBytesMax));
  }
  if (new Set(measurements).size !== count) throw new WireError('BYTES_MALFORMED', 'a measurement is named twice');
  return { measurements, dataTypes };
}

export function readTimestamps(reader: ByteReader, countMax: number): Float64Array {
  const count = readRowCount(reader, countMax);
  reader.expect(count, 8);
  return fillTimestamps(reader, new Float64Array(count));
}

function readRowCount(reader: ByteReader, countMax: number): number {
  const count = reader.u32();
  if (count > countMax) throw new WireError('LIMIT_EXCEEDED', `${count} rows are over the limit of ${countMax}`);
  return count;
}

function fillTimestamps(reader: ByteReader, timestamps: Float64Array): Float64Array {
  reader.fill(timestamps);
  checkTimestamps(timestamps);
  return timestamps;
}

/** Throws unless the tablet agrees with itself and with the limits. */
function checkTablet(tablet: Tablet): void {
  const { device, measurements, dataTypes, timestamps, columns } = tablet;
  if (device === '') throw new WireError('BYTES_MALFORMED', 'a tablet names no device');
  if (Buffer.byteLength(device) > deviceBytesMax) {
    throw new WireError('LIMIT_EXCEEDED', `the name of a device is over the limit of ${deviceBytesMax} bytes`);
  }
  if (measurements.length === 0) throw new WireError('BYTES_MALFORMED', 'a tablet has no columns');
  if (measurements.length !== dataTypes.length || measurements.length !== columns.length) {
    throw new WireError(
      'BYTES_MALFORMED',
      `${measurements.length} measurements, ${dataTypes.length} types and ${columns.length} columns do not match`,
    );
  }
  if (measurements.length > columnsMax || timestamps.length > rowsMax) {
    throw new WireError(
      'LIMIT_EXCEEDED',
      `a tablet may have up to ${columnsMax} columns and ${rowsMax} rows: send several`,
    );
  }
  checkMeasurements(measurements);
  checkTimestamps(timestamps);
  for (let i = 0; i < columns.length; i++) {
    const type = dataTypeOf(dataTypes[i] ?? -1);
    if (type === undefined) throw new WireError('BYTES_MALFORMED', `data type ${dataTypes[i]} is not served`);
    checkColumn(columns[i]!, type, timestamps.length);
  }
}

export function checkMeasurements(measurements: readonly string[]): void {
  for (const measurement of measurements) {
    if (Buffer.byteLength(measurement) > measurementBytesMax) {
      throw new WireError('LIMIT_EXCEEDED', `a measurement's name is over the limit of ${measurementBytesMax} bytes`);
    }
  }
  if (new Set(measurements).size !== measurements.length) {
    throw new WireError('BYTES_MALFORMED', 'a measurement is named twice');
  }
}

function checkTimestamps(timestamps: Float64Array): void {
  for (let i = 0; i < timestamps.length; i++) {
    if (!Number.isSafeInteger(timestamps[i])) {
      throw new WireError('BYTES_MALFORMED', `timestamp ${timestamps[i]} is not a whole number of milliseconds`);
    }
  }
}

/** How many bytes `writeTablet` writes. */
export function tabletBytes(tablet: Tablet): number {
  let sum = 1 + 2 + Buffer.byteLength(tablet.device) + 2 + 4 + tablet.timestamps.byteLength;
  for (const measurement of tablet.measurements) sum += 3 + Buffer.byteLength(measurement);
  for (const column of tablet.columns) sum += columnBytes(column, tablet.timestamps.length);
  return sum;
}
