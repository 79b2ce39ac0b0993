// What a command does, in a few words, for people who look at a log.

import { decodeTablet, WireError } from '@balsa/wire';
import {
  DataOperation,
  decodeAdvanceClock,
  decodeCreateSeries,
  decodeDeleteRange,
  decodeDeleteSeries,
  decodeSetTtl,
  decodeUnsetTtl,
} from './data-command.ts';
import { decodeSchemaCommand } from './schema/schema-command.ts';

export interface CommandDescription {
  /** One of a few, by which commands can be counted. */
  readonly verb: string;
  /** What it is done to: a device, a database, patterns. Empty: nothing in particular. */
  readonly target: string;
  /** Of an insert. */
  readonly rows: number | undefined;
  /** Everything together. */
  readonly text: string;
}

const whole = new Intl.NumberFormat('en-US');
/** Of more patterns, the others are counted. */
const patternsShown = 3;
/** The range of times that a `Date` can hold, in milliseconds from 1970. */
const dateMsMax = 8.64e15;

/** Of a command of the data group. @throws WireError: it is none, or one that a newer version knows. */
export function describeDataCommand(command: Uint8Array): CommandDescription {
  const bytes = Buffer.from(command.buffer, command.byteOffset, command.byteLength);
  const body = bytes.subarray(1);
  switch (bytes[0]) {
    case DataOperation.insertTablet: {
      const { device, measurements, timestamps } = decodeTablet(body);
      const rows = timestamps.length;
      const text = `insert ${counted(rows, 'row')} of ${counted(measurements.length, 'series', 'series')} into ${device}`;
      return { verb: 'insert', target: device, rows, text };
    }
    case DataOperation.deleteRange: {
      const { patterns, startMs, endMs } = decodeDeleteRange(body);
      return described('delete points', listed(patterns), `of ${listed(patterns)}, ${span(startMs, endMs)}`);
    }
    case DataOperation.deleteSeries: {
      const patterns = listed(decodeDeleteSeries(body));
      return described('delete series', patterns, patterns);
    }
    case DataOperation.createSeries:
      return createSeries('create series', decodeCreateSeries(body));
    case DataOperation.setTtl: {
      const { path, ttlMs } = decodeSetTtl(body);
      return described('set time to live', path, `of ${path} to ${whole.format(ttlMs)} ms`);
    }
    case DataOperation.unsetTtl: {
      const path = decodeUnsetTtl(body);
      return described('unset time to live', path, `of ${path}`);
    }
    case DataOperation.advanceClock:
      return described('advance clock', '', `to ${time(decodeAdvanceClock(body))}`);
    default:
      throw new WireError('BYTES_MALFORMED', `operation ${bytes[0]} is not known here`);
  }
}

/** Of a command of the metadata group. @throws WireError: it is none, or one that a newer version knows. */
export function describeSchemaCommand(command: Uint8Array): CommandDescription {
  const decoded = decodeSchemaCommand(Buffer.from(command.buffer, command.byteOffset, command.byteLength));
  switch (decoded.kind) {
    case 'registerSeries':
      return createSeries('register series', { ...decoded, isAligned: decoded.isAligned ?? false });
    case 'createDatabase': {
      const { path, ttlMs } = decoded;
      const ttl = ttlMs === undefined ? '' : `, time to live ${whole.format(ttlMs)} ms`;
      return described('create database', path, `${path}${ttl}`);
    }
    case 'dropDatabases':
      return described('drop databases', listed(decoded.patterns), listed(decoded.patterns));
    case 'createSeries': {
      const { device, isAligned, definitions } = decoded;
      return createSeries('create series', {
        device,
        isAligned,
        measurements: definitions.map(({ measurement }) => measurement),
      });
    }
    case 'dropSeries':
      return described('drop series', listed(decoded.patterns), listed(decoded.patterns));
    case 'setTtl':
      return described('set time to live', decoded.path, `of ${decoded.path} to ${whole.format(decoded.ttlMs)} ms`);
    case 'unsetTtl':
      return described('unset time to live', decoded.path, `of ${decoded.path}`);
  }
}

function createSeries(
  verb: string,
  { device, isAligned, measurements }: { device: string; isAligned: boolean; measurements: readonly string[] },
): CommandDescription {
  return described(verb, device, `of ${device}${isAligned ? ', aligned' : ''}: ${listed(measurements)}`);
}

function described(verb: string, target: string, rest: string): CommandDescription {
  return { verb, target, rows: undefined, text: `${verb} ${rest}` };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, patternsShown).join(', ');
  return names.length > patternsShown ? `${shown} and ${names.length - patternsShown} more` : shown;
}

/** `endMs` is not included. */
function span(startMs: number, endMs: number): string {
  if (Number.isFinite(startMs) && Number.isFinite(endMs)) return `from ${time(startMs)} to before ${time(endMs)}`;
  if (Number.isFinite(startMs)) return `from ${time(startMs)} on`;
  return Number.isFinite(endMs) ? `before ${time(endMs)}` : 'at all times';
}

function time(ms: number): string {
  return Math.abs(ms) <= dateMsMax ? new Date(ms).toISOString() : `${ms} ms`;
}

function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${whole.format(count)} ${count === 1 ? noun : plural}`;
}
