// Commands of the metadata group: what the schema registry applies.
//
//   u8  operation, then
//   registerSeries  u8 1 if a new device is to be aligned | text16 device | u16 count, then for each: u8 type, text16 measurement
//   createDatabase  text16 path | u64 time to live in ms, 0 if it is not said
//   dropDatabases   u16 count, then for each: text16 pattern
//   createSeries    u8 1 if aligned | text16 device | u16 count, then for each: series-bytes.ts
//   dropSeries      u16 count, then for each: text16 pattern
//   setTtl          text16 path | u64 ms
//   unsetTtl        text16 path

import {
  ByteReader,
  ByteWriter,
  columnsMax,
  type DataType,
  dataTypeOf,
  deviceBytesMax,
  measurementBytesMax,
  WireError,
} from '@balsa/wire';
import { patternsMax } from './schema-limits.ts';
import { readDefinition, type SeriesDefinition, writeDefinition, writeText } from './series-bytes.ts';

export const SchemaOperation = {
  registerSeries: 1,
  createDatabase: 2,
  dropDatabases: 3,
  createSeries: 4,
  dropSeries: 5,
  setTtl: 6,
  unsetTtl: 7,
} as const;
export type SchemaOperation = (typeof SchemaOperation)[keyof typeof SchemaOperation];

/** Series of one device and their types. What a write needs: those that are there are left as they are. */
export interface SeriesRegistration {
  readonly device: string;
  /** Whether the device is to be aligned if it is new. */
  readonly isAligned?: boolean;
  readonly measurements: readonly string[];
  /** One for each measurement. */
  readonly dataTypes: readonly DataType[];
}

export type SchemaCommand =
  | ({ readonly kind: 'registerSeries' } & SeriesRegistration)
  | { readonly kind: 'createDatabase'; readonly path: string; readonly ttlMs: number | undefined }
  | { readonly kind: 'dropDatabases'; readonly patterns: readonly string[] }
  | {
      readonly kind: 'createSeries';
      readonly device: string;
      readonly isAligned: boolean;
      readonly definitions: readonly SeriesDefinition[];
    }
  | { readonly kind: 'dropSeries'; readonly patterns: readonly string[] }
  /** `path` may end in `.**`. */
  | { readonly kind: 'setTtl'; readonly path: string; readonly ttlMs: number }
  | { readonly kind: 'unsetTtl'; readonly path: string };

/** @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the command contradicts itself or is over a limit. */
export function encodeSchemaCommand(command: SchemaCommand): Buffer {
  const out = new ByteWriter(256);
  out.u8(SchemaOperation[command.kind]);
  switch (command.kind) {
    case 'registerSeries':
      writeRegistration(out, command);
      break;
    case 'createDatabase':
      writeText(out, command.path, deviceBytesMax);
      out.u64(command.ttlMs ?? 0);
      break;
    case 'dropDatabases':
    case 'dropSeries':
      writePatterns(out, command.patterns);
      break;
    case 'createSeries':
      out.u8(command.isAligned ? 1 : 0);
      writeText(out, command.device, deviceBytesMax);
      writeCount(out, command.definitions.length, columnsMax, 'series');
      for (const definition of command.definitions) writeDefinition(out, definition);
      break;
    case 'setTtl':
      writeText(out, command.path, deviceBytesMax);
      out.u64(command.ttlMs);
      break;
    case 'unsetTtl':
      writeText(out, command.path, deviceBytesMax);
      break;
  }
  return out.written();
}

export function encodeRegisterSeries(registration: SeriesRegistration): Buffer {
  return encodeSchemaCommand({ kind: 'registerSeries', ...registration });
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeSchemaCommand(bytes: Buffer): SchemaCommand {
  const body = new ByteReader(bytes);
  const command = readCommand(body, body.u8());
  body.finish();
  return command;
}

function readCommand(body: ByteReader, operation: number): SchemaCommand {
  switch (operation) {
    case SchemaOperation.registerSeries:
      return readRegistration(body);
    case SchemaOperation.createDatabase: {
      const path = body.text16(deviceBytesMax);
      const ttlMs = body.u64();
      return { kind: 'createDatabase', path, ttlMs: ttlMs === 0 ? undefined : ttlMs };
    }
    case SchemaOperation.dropDatabases:
      return { kind: 'dropDatabases', patterns: readPatterns(body) };
    case SchemaOperation.createSeries: {
      const isAligned = body.u8() !== 0;
      const device = body.text16(deviceBytesMax);
      const count = readCount(body, columnsMax, 'series');
      return { kind: 'createSeries', device, isAligned, definitions: times(count, () => readDefinition(body)) };
    }
    case SchemaOperation.dropSeries:
      return { kind: 'dropSeries', patterns: readPatterns(body) };
    case SchemaOperation.setTtl:
      return { kind: 'setTtl', path: body.text16(deviceBytesMax), ttlMs: body.u64() };
    case SchemaOperation.unsetTtl:
      return { kind: 'unsetTtl', path: body.text16(deviceBytesMax) };
    default:
      throw new WireError('BYTES_MALFORMED', `operation ${operation} is not known here`);
  }
}

function writeRegistration(out: ByteWriter, registration: SeriesRegistration): void {
  const { device, isAligned = false, measurements, dataTypes } = registration;
  if (measurements.length !== dataTypes.length) {
    throw new WireError('BYTES_MALFORMED', `${measurements.length} measurements have ${dataTypes.length} types`);
  }
  out.u8(isAligned ? 1 : 0);
  writeText(out, device, deviceBytesMax);
  writeCount(out, measurements.length, columnsMax, 'measurements');
  for (const [i, measurement] of measurements.entries()) {
    out.u8(dataTypes[i]!);
    writeText(out, measurement, measurementBytesMax);
  }
}

function readRegistration(body: ByteReader): SchemaCommand {
  const isAligned = body.u8() !== 0;
  const device = body.text16(deviceBytesMax);
  const count = readCount(body, columnsMax, 'measurements');
  const measurements: string[] = [];
  const dataTypes: DataType[] = [];
  for (let i = 0; i < count; i++) {
    const code = body.u8();
    const type = dataTypeOf(code);
    if (type === undefined) throw new WireError('BYTES_MALFORMED', `data type ${code} is not served`);
    dataTypes.push(type);
    measurements.push(body.text16(measurementBytesMax));
  }
  return { kind: 'registerSeries', device, isAligned, measurements, dataTypes };
}

function writePatterns(out: ByteWriter, patterns: readonly string[]): void {
  writeCount(out, patterns.length, patternsMax, 'patterns');
  for (const pattern of patterns) writeText(out, pattern, deviceBytesMax);
}

function readPatterns(body: ByteReader): string[] {
  return times(readCount(body, patternsMax, 'patterns'), () => body.text16(deviceBytesMax));
}

function writeCount(out: ByteWriter, count: number, max: number, what: string): void {
  checkCount(count, max, what);
  out.u16(count);
}

function readCount(body: ByteReader, max: number, what: string): number {
  const count = body.u16();
  checkCount(count, max, what);
  return count;
}

function checkCount(count: number, max: number, what: string): void {
  if (count > max) throw new WireError('LIMIT_EXCEEDED', `${count} ${what} are over the limit of ${max}: send several`);
}

function times<T>(count: number, read: () => T): T[] {
  const all: T[] = [];
  for (let i = 0; i < count; i++) all.push(read());
  return all;
}
