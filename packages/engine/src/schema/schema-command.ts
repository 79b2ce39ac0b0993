// Commands of the metadata group: what the schema registry applies.
//
//   u8  operation, then
//   registerSeries  u8 1 if a new device is to be aligned | text16 device | series (../command-bytes.ts)
//   createDatabase  text16 path | u64 time to live in ms, 0 if it is not said
//   dropDatabases   patterns (../command-bytes.ts)
//   createSeries    u8 1 if aligned | text16 device | u16 count, then for each: series-bytes.ts
//   dropSeries      patterns
//   setTtl          text16 path | u64 ms
//   unsetTtl        text16 path

import { ByteReader, ByteWriter, columnsMax, deviceBytesMax, WireError } from '@balsa/wire';
import {
  readCount,
  readPatterns,
  readTypedMeasurements,
  type TypedMeasurements,
  writeCount,
  writeName,
  writePatterns,
  writeTypedMeasurements,
} from '../command-bytes.ts';
import { readDefinition, type SeriesDefinition, writeDefinition } from './series-bytes.ts';

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
export interface SeriesRegistration extends TypedMeasurements {
  readonly device: string;
  /** Whether the device is to be aligned if it is new. */
  readonly isAligned?: boolean;
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
      out.u8(command.isAligned ? 1 : 0);
      writeName(out, command.device, deviceBytesMax);
      writeTypedMeasurements(out, command);
      break;
    case 'createDatabase':
      writeName(out, command.path, deviceBytesMax);
      out.u64(command.ttlMs ?? 0);
      break;
    case 'dropDatabases':
    case 'dropSeries':
      writePatterns(out, command.patterns, deviceBytesMax);
      break;
    case 'createSeries':
      out.u8(command.isAligned ? 1 : 0);
      writeName(out, command.device, deviceBytesMax);
      writeCount(out, command.definitions.length, columnsMax, 'series');
      for (const definition of command.definitions) writeDefinition(out, definition);
      break;
    case 'setTtl':
      writeName(out, command.path, deviceBytesMax);
      out.u64(command.ttlMs);
      break;
    case 'unsetTtl':
      writeName(out, command.path, deviceBytesMax);
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
    case SchemaOperation.registerSeries: {
      const isAligned = body.u8() !== 0;
      const device = body.text16(deviceBytesMax);
      return { kind: 'registerSeries', device, isAligned, ...readTypedMeasurements(body) };
    }
    case SchemaOperation.createDatabase: {
      const path = body.text16(deviceBytesMax);
      const ttlMs = body.u64();
      return { kind: 'createDatabase', path, ttlMs: ttlMs === 0 ? undefined : ttlMs };
    }
    case SchemaOperation.dropDatabases:
      return { kind: 'dropDatabases', patterns: readPatterns(body, deviceBytesMax) };
    case SchemaOperation.createSeries: {
      const isAligned = body.u8() !== 0;
      const device = body.text16(deviceBytesMax);
      const count = readCount(body, columnsMax, 'series');
      return {
        kind: 'createSeries',
        device,
        isAligned,
        definitions: Array.from({ length: count }, () => readDefinition(body)),
      };
    }
    case SchemaOperation.dropSeries:
      return { kind: 'dropSeries', patterns: readPatterns(body, deviceBytesMax) };
    case SchemaOperation.setTtl:
      return { kind: 'setTtl', path: body.text16(deviceBytesMax), ttlMs: body.u64() };
    case SchemaOperation.unsetTtl:
      return { kind: 'unsetTtl', path: body.text16(deviceBytesMax) };
    default:
      throw new WireError('BYTES_MALFORMED', `operation ${operation} is not known here`);
  }
}
