// Commands of the data group beside the tablets of `@balsa/wire`.
//
//   u8  operation, then
//   deleteRange    f64 start, f64 end (not included), u16 patterns, text16 each
//   deleteSeries   u16 patterns, text16 each

import { ByteReader, ByteWriter, CommandOperation, deviceBytesMax, measurementBytesMax, WireError } from '@balsa/wire';

export const DataOperation: {
  readonly insertTablet: typeof CommandOperation.insertTablet;
  readonly deleteRange: 2;
  readonly deleteSeries: 3;
} = { insertTablet: CommandOperation.insertTablet, deleteRange: 2, deleteSeries: 3 };
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
  checkCount(count);
  const patterns: string[] = [];
  for (let i = 0; i < count; i++) patterns.push(reader.text16(patternBytesMax));
  reader.finish();
  return patterns;
}

function writePatterns(out: ByteWriter, patterns: readonly string[]): void {
  checkCount(patterns.length);
  out.u16(patterns.length);
  for (const pattern of patterns) {
    if (Buffer.byteLength(pattern) > patternBytesMax) {
      throw new WireError('LIMIT_EXCEEDED', `a pattern is over the limit of ${patternBytesMax} bytes`);
    }
    out.text16(pattern);
  }
}

function checkCount(count: number): void {
  if (count > patternsMax) {
    throw new WireError(
      'LIMIT_EXCEEDED',
      `${count} patterns are over the limit of ${patternsMax}: send several commands`,
    );
  }
}
