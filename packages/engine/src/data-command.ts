// Commands of the data group: the tablets of `@balsa/wire` (`CommandOperation`), and these. The store in memory takes those up to
// `createSeries`; times to live are for the storage engine.
//
//   u8  operation, then
//   deleteRange    f64 start, f64 end (not included), patterns (command-bytes.ts)
//   deleteSeries   patterns
//   createSeries   u8 1 if the device's series share their times, text16 device, series (command-bytes.ts)
//   setTtl         text16 path, f64 milliseconds
//   unsetTtl       text16 path
//   advanceClock   f64 milliseconds since 1970

import { ByteReader, ByteWriter, deviceBytesMax, measurementBytesMax, WireError } from '@balsa/wire';
import {
  readPatterns,
  readTypedMeasurements,
  type TypedMeasurements,
  writeName,
  writePatterns,
  writeTypedMeasurements,
} from './command-bytes.ts';

export const DataOperation = {
  insertTablet: 1,
  deleteRange: 2,
  deleteSeries: 3,
  createSeries: 4,
  setTtl: 5,
  unsetTtl: 6,
  advanceClock: 7,
} as const;
export type DataOperation = (typeof DataOperation)[keyof typeof DataOperation];

const patternBytesMax: number = deviceBytesMax + measurementBytesMax + 1;

/** All times there are: safe integers. */
export const allTimes: { readonly startMs: number; readonly endMs: number } = {
  startMs: Number.NEGATIVE_INFINITY,
  endMs: Number.POSITIVE_INFINITY,
};

export interface DeleteRange {
  /** Of series, such as `root.plant.*.speed` or `root.plant.**`. */
  readonly patterns: readonly string[];
  /** May be minus infinity. */
  readonly startMs: number;
  /** Not included; may be infinity. */
  readonly endMs: number;
}

export interface CreateSeries extends TypedMeasurements {
  readonly device: string;
  readonly isAligned: boolean;
}

export interface SetTtl {
  /** A device; or, with `.**` behind it, what devices lie at or below. */
  readonly path: string;
  readonly ttlMs: number;
}

/** The points of these series in this range of times are gone; the series stay. */
export function encodeDeleteRange({ patterns, startMs, endMs }: DeleteRange): Buffer {
  const out = new ByteWriter(64);
  out.u8(DataOperation.deleteRange);
  out.array(Float64Array.of(startMs, endMs));
  writePatterns(out, patterns, patternBytesMax);
  return out.written();
}

/** These series are gone, with their points. */
export function encodeDeleteSeries(patterns: readonly string[]): Buffer {
  const out = new ByteWriter(64);
  out.u8(DataOperation.deleteSeries);
  writePatterns(out, patterns, patternBytesMax);
  return out.written();
}

/** Series without points. Says for a device without series whether they share their times; a first write would say they do not. */
export function encodeCreateSeries({ device, isAligned, ...series }: CreateSeries): Buffer {
  const out = new ByteWriter(256);
  out.u8(DataOperation.createSeries);
  out.u8(isAligned ? 1 : 0);
  writeName(out, device, deviceBytesMax);
  writeTypedMeasurements(out, series);
  return out.written();
}

/** Points of the devices that the path is about expire when they are older than this. Takes the place of a rule of the same path. */
export function encodeSetTtl({ path, ttlMs }: SetTtl): Buffer {
  const out = new ByteWriter(64);
  out.u8(DataOperation.setTtl);
  writeName(out, path, deviceBytesMax);
  out.array(Float64Array.of(ttlMs));
  return out.written();
}

/** What has expired by the rule stays gone. */
export function encodeUnsetTtl(path: string): Buffer {
  const out = new ByteWriter(64);
  out.u8(DataOperation.unsetTtl);
  writeName(out, path, deviceBytesMax);
  return out.written();
}

/** The time by which points expire. An earlier one than the last changes nothing. */
export function encodeAdvanceClock(nowMs: number): Buffer {
  const out = new ByteWriter(16);
  out.u8(DataOperation.advanceClock);
  out.array(Float64Array.of(nowMs));
  return out.written();
}

// Each reads what stands behind the operation. @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED.

export function decodeDeleteRange(body: Buffer): DeleteRange {
  const reader = new ByteReader(body);
  const range = new Float64Array(2);
  reader.fill(range);
  const [startMs, endMs] = [range[0]!, range[1]!];
  if (!(startMs < endMs)) throw new WireError('BYTES_MALFORMED', `a range from ${startMs} to ${endMs} has no times`);
  return { startMs, endMs, patterns: patternsToTheEnd(reader) };
}

export function decodeDeleteSeries(body: Buffer): readonly string[] {
  return patternsToTheEnd(new ByteReader(body));
}

export function decodeCreateSeries(body: Buffer): CreateSeries {
  const reader = new ByteReader(body);
  const isAligned = reader.u8();
  if (isAligned > 1) throw new WireError('BYTES_MALFORMED', `series are aligned or not, not ${isAligned}`);
  const device = reader.text16(deviceBytesMax);
  const series = readTypedMeasurements(reader);
  reader.finish();
  return { device, isAligned: isAligned === 1, ...series };
}

export function decodeSetTtl(body: Buffer): SetTtl {
  const reader = new ByteReader(body);
  const path = reader.text16(deviceBytesMax);
  const ttlMs = readNumber(reader);
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) {
    throw new WireError('BYTES_MALFORMED', `a time to live of ${ttlMs} ms is none`);
  }
  return { path, ttlMs };
}

export function decodeUnsetTtl(body: Buffer): string {
  const reader = new ByteReader(body);
  const path = reader.text16(deviceBytesMax);
  reader.finish();
  return path;
}

export function decodeAdvanceClock(body: Buffer): number {
  const nowMs = readNumber(new ByteReader(body));
  if (!Number.isSafeInteger(nowMs)) throw new WireError('BYTES_MALFORMED', `${nowMs} is no time`);
  return nowMs;
}

function readNumber(reader: ByteReader): number {
  const number = new Float64Array(1);
  reader.fill(number);
  reader.finish();
  return number[0]!;
}

function patternsToTheEnd(reader: ByteReader): string[] {
  const patterns = readPatterns(reader, patternBytesMax);
  reader.finish();
  return patterns;
}
