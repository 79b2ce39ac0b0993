// A series' definition as bytes, in commands and in snapshots:
//
//   u8 type | text16 measurement | text16 encoding | text16 compressor | text16 alias, empty if it has none
//   u16 count of tags, then for each: text16 key, text16 value | the same for attributes

import { type ByteReader, type ByteWriter, measurementBytesMax, readDataType, WireError } from '@balsa/wire';
import { writeName } from '../command-bytes.ts';
import { codecNameBytesMax, keyValueBytesMax, keyValuesMax } from './schema-limits.ts';
import { type KeyValue, type SeriesSchema, sharedCodecName } from './series-schema.ts';

/** What is said of one series of a device. */
export type SeriesDefinition = Omit<SeriesSchema, 'device' | 'isAligned'>;

/** @throws WireError LIMIT_EXCEEDED. */
export function writeDefinition(out: ByteWriter, definition: SeriesDefinition): void {
  out.u8(definition.dataType);
  writeName(out, definition.measurement, measurementBytesMax);
  writeName(out, definition.encoding, codecNameBytesMax);
  writeName(out, definition.compressor, codecNameBytesMax);
  writeName(out, definition.alias ?? '', measurementBytesMax);
  writePairs(out, definition.tags);
  writePairs(out, definition.attributes);
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function readDefinition(body: ByteReader): SeriesDefinition {
  const dataType = readDataType(body);
  const measurement = body.text16(measurementBytesMax);
  const encoding = sharedCodecName(body.text16(codecNameBytesMax));
  const compressor = sharedCodecName(body.text16(codecNameBytesMax));
  const alias = body.text16(measurementBytesMax);
  const tags = readPairs(body);
  const attributes = readPairs(body);
  return { dataType, measurement, encoding, compressor, alias: alias === '' ? undefined : alias, tags, attributes };
}

function writePairs(out: ByteWriter, pairs: readonly KeyValue[]): void {
  checkPairs(pairs.length);
  out.u16(pairs.length);
  for (const [key, value] of sorted(pairs)) {
    writeName(out, key, keyValueBytesMax);
    writeName(out, value, keyValueBytesMax);
  }
}

const none: readonly KeyValue[] = [];

function readPairs(body: ByteReader): readonly KeyValue[] {
  const count = body.u16();
  checkPairs(count);
  // One for all: most series have none.
  if (count === 0) return none;
  const pairs: KeyValue[] = [];
  for (let i = 0; i < count; i++) pairs.push([body.text16(keyValueBytesMax), body.text16(keyValueBytesMax)]);
  return sorted(pairs);
}

function checkPairs(count: number): void {
  if (count > keyValuesMax) {
    throw new WireError('LIMIT_EXCEEDED', `${count} tags or attributes are over the limit of ${keyValuesMax}`);
  }
}

function sorted(pairs: readonly KeyValue[]): readonly KeyValue[] {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
