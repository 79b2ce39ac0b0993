// Commands of the data group beside the tablets of `@balsa/wire`.
//
//   u8  operation, then
//   deleteRange    f64 start, f64 end (not included), u16 patterns, text16 each
//   deleteSeries   u16 patterns, text16 each
//   createSeries   u8 1 if the device's series share their times, text16 device, u16 series: u8 type, text16 measurement

import {
  ByteReader,
  ByteWriter,
  CommandOperation,
  columnsMax,
  type DataType,
  dataTypeOf,
  deviceBytesMax,
  measurementBytesMax,
  WireError,
} from '@balsa/wire';

export const DataOperation: {
  readonly insertTablet: typeof CommandOperation.insertTablet;
  readonly deleteRange: 2;
  readonly deleteSeries: 3;
  readonly createSeries: 4;
} = { insertTablet: CommandOperation.insertTablet, deleteRange: 2, deleteSeries: 3, createSeries: 4 };
export type DataOperation = (typeof DataOperation)[keyof typeof DataOperation];

/** Patterns that one command may have. */
export const patternsMax = 1000;
const patternBytesMax: number = deviceBytesMax + measurementBytesMax + 1;

export interface DeleteRange {
  /** Of series, such as `root.plant.*.speed` or `root.plant.**`. */
  readonly patterns: readonly string[];
  /** May be minus infinity. */
  readonly startMs: number;
  /** Not included; may be infinity. */
  readonly endMs: number;
}

export interface CreateSeries {
  readonly device: string;
  readonly isAligned: boolean;
  readonly measurements: readonly string[];
  /** One for each measurement. */
  readonly dataTypes: readonly DataType[];
}

/** The points of these series in this range of times are gone; the series stay. @throws WireError LIMIT_EXCEEDED. */
export function encodeDeleteRange({ patterns, startMs, endMs }: DeleteRange): Buffer {
  const out = new ByteWriter(64);
  out.u8(DataOperation.deleteRange);
  out.array(Float64Array.of(startMs, endMs));
  writePatterns(out, patterns);
  return out.written();
}

/** These series are gone, with their points. @throws WireError LIMIT_EXCEEDED. */
export function encodeDeleteSeries(patterns: readonly string[]): Buffer {
  const out = new ByteWriter(64);
  out.u8(DataOperation.deleteSeries);
  writePatterns(out, patterns);
  return out.written();
}

/**
 * Series without points: what their type is to be if the first write is of another that goes with it. Those that are there are left as
 * they are. @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED.
 */
export function encodeCreateSeries({ device, isAligned, measurements, dataTypes }: CreateSeries): Buffer {
  if (measurements.length !== dataTypes.length) {
    throw new WireError('BYTES_MALFORMED', `${measurements.length} measurements have ${dataTypes.length} types`);
  }
  checkCount(measurements.length, columnsMax, 'measurements');
  const out = new ByteWriter(256);
  out.u8(DataOperation.createSeries);
  out.u8(isAligned ? 1 : 0);
  writeName(out, device, deviceBytesMax);
  out.u16(measurements.length);
  for (const [i, measurement] of measurements.entries()) {
    out.u8(dataTypes[i]!);
    writeName(out, measurement, measurementBytesMax);
  }
  return out.written();
}

/** Reads what stands behind the operation. @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeCreateSeries(body: Buffer): CreateSeries {
  const reader = new ByteReader(body);
  const isAligned = reader.u8();
  if (isAligned > 1) throw new WireError('BYTES_MALFORMED', `series are aligned or not, not ${isAligned}`);
  const device = reader.text16(deviceBytesMax);
  const count = reader.u16();
  checkCount(count, columnsMax, 'measurements');
  const measurements: string[] = [];
  const dataTypes: DataType[] = [];
  for (let i = 0; i < count; i++) {
    const code = reader.u8();
    const type = dataTypeOf(code);
    if (type === undefined) throw new WireError('BYTES_MALFORMED', `data type ${code} is not served`);
    dataTypes.push(type);
    measurements.push(reader.text16(measurementBytesMax));
  }
  reader.finish();
  return { device, isAligned: isAligned === 1, measurements, dataTypes };
}

/** Reads what stands behind the operation. @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeDeleteRange(body: Buffer): DeleteRange {
  const reader = new ByteReader(body);
  const range = new Float64Array(2);
  reader.fill(range);
  const [startMs, endMs] = [range[0]!, range[1]!];
  if (!(startMs < endMs)) throw new WireError('BYTES_MALFORMED', `a range from ${startMs} to ${endMs} has no times`);
  return { startMs, endMs, patterns: readPatterns(reader) };
}

/** Reads what stands behind the operation. @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeDeleteSeries(body: Buffer): readonly string[] {
  return readPatterns(new ByteReader(body));
}

function readPatterns(reader: ByteReader): string[] {
  const count = reader.u16();
  checkCount(count, patternsMax, 'patterns');
  const patterns: string[] = [];
  for (let i = 0; i < count; i++) patterns.push(reader.text16(patternBytesMax));
  reader.finish();
  return patterns;
}

function writePatterns(out: ByteWriter, patterns: readonly string[]): void {
  checkCount(patterns.length, patternsMax, 'patterns');
  out.u16(patterns.length);
  for (const pattern of patterns) writeName(out, pattern, patternBytesMax);
}

function writeName(out: ByteWriter, name: string, bytesMax: number): void {
  if (Buffer.byteLength(name) > bytesMax) {
    throw new WireError('LIMIT_EXCEEDED', `a name is over the limit of ${bytesMax} bytes`);
  }
  out.text16(name);
}

function checkCount(count: number, max: number, what: string): void {
  if (count > max) throw new WireError('LIMIT_EXCEEDED', `${count} ${what} are over the limit of ${max}: send several`);
}
