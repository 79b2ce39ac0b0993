// What commands of both groups have in common: names, the series of a device with their types, and patterns.
//
//   series    u16 count, then for each: u8 type, text16 measurement
//   patterns  u16 count, then for each: text16 pattern

import {
  type ByteReader,
  type ByteWriter,
  columnsMax,
  type DataType,
  measurementBytesMax,
  readDataType,
  WireError,
} from '@balsa/wire';

/** Patterns that one command may have. */
const patternsMax = 1000;

export interface TypedMeasurements {
  readonly measurements: readonly string[];
  /** One for each measurement. */
  readonly dataTypes: readonly DataType[];
}

/** Behind its length as u16. @throws WireError LIMIT_EXCEEDED. */
export function writeName(out: ByteWriter, name: string, bytesMax: number): void {
  if (Buffer.byteLength(name) > bytesMax) {
    throw new WireError('LIMIT_EXCEEDED', `a name or value is over the limit of ${bytesMax} bytes`);
  }
  out.text16(name);
}

/** @throws WireError BYTES_MALFORMED: there are more or fewer types than measurements; LIMIT_EXCEEDED. */
export function writeTypedMeasurements(out: ByteWriter, { measurements, dataTypes }: TypedMeasurements): void {
  if (measurements.length !== dataTypes.length) {
    throw new WireError('BYTES_MALFORMED', `${measurements.length} measurements have ${dataTypes.length} types`);
  }
  writeCount(out, measurements.length, columnsMax, 'measurements');
  for (const [i, measurement] of measurements.entries()) {
    out.u8(dataTypes[i]!);
    writeName(out, measurement, measurementBytesMax);
  }
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function readTypedMeasurements(reader: ByteReader): TypedMeasurements {
  const count = readCount(reader, columnsMax, 'measurements');
  const measurements: string[] = [];
  const dataTypes: DataType[] = [];
  for (let i = 0; i < count; i++) {
    dataTypes.push(readDataType(reader));
    measurements.push(reader.text16(measurementBytesMax));
  }
  return { measurements, dataTypes };
}

/** @throws WireError LIMIT_EXCEEDED. */
export function writePatterns(out: ByteWriter, patterns: readonly string[], bytesMax: number): void {
  writeCount(out, patterns.length, patternsMax, 'patterns');
  for (const pattern of patterns) writeName(out, pattern, bytesMax);
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function readPatterns(reader: ByteReader, bytesMax: number): string[] {
  const count = readCount(reader, patternsMax, 'patterns');
  return Array.from({ length: count }, () => reader.text16(bytesMax));
}

/** @throws WireError LIMIT_EXCEEDED. */
export function writeCount(out: ByteWriter, count: number, max: number, what: string): void {
  checkCount(count, max, what);
  out.u16(count);
}

/** @throws WireError BYTES_TRUNCATED, LIMIT_EXCEEDED. */
export function readCount(reader: ByteReader, max: number, what: string): number {
  const count = reader.u16();
  checkCount(count, max, what);
  return count;
}

function checkCount(count: number, max: number, what: string): void {
  if (count > max) throw new WireError('LIMIT_EXCEEDED', `${count} ${what} are over the limit of ${max}: send several`);
}
