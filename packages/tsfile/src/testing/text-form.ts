// Rows as text, as interop/tsfile has them: what golden files are compared by.

import { readFileSync } from 'node:fs';
import { type Binaries, binariesOf, binaryAt, isBinaries } from '../binaries.ts';
import { type Column, isNull, type Values } from '../column.ts';
import { Compression } from '../compression/compression.ts';
import { DataType, type DataTypeName, dataTypeName } from '../data-type.ts';
import { Encoding } from '../encoding.ts';
import type { SeriesSchema } from '../writer/tsfile-writer.ts';

export const testdata: URL = new URL('../../testdata/', import.meta.url);

export function linesOf(name: string): string[] {
  return readFileSync(new URL(name, testdata), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

export interface SampleSeries {
  readonly device: string;
  readonly isAligned: boolean;
  readonly schema: SeriesSchema;
  /** Values as text. */
  readonly rows: ReadonlyMap<bigint, string>;
}

/** What a golden file was written from. */
export function readSample(name: string): SampleSeries[] {
  const rows = new Map<string, Map<bigint, string>>();
  for (const line of linesOf(`${name}.rows`)) {
    const [device, measurement, , time = '', value = ''] = line.split('\t');
    const key = `${device}.${measurement}`;
    const known = rows.get(key) ?? new Map<bigint, string>();
    rows.set(key, known.set(BigInt(time), value));
  }
  return linesOf(`${name}.schema`).map((line) => {
    const [device = '', kind, measurement = '', type = '', encoding = '', compression = ''] = line.split('\t');
    const schema = {
      measurement,
      dataType: DataType[type as DataTypeName],
      encoding: Encoding[encoding as keyof typeof Encoding],
      compression: Compression[compression as keyof typeof Compression],
    };
    return { device, isAligned: kind === 'aligned', schema, rows: rows.get(`${device}.${measurement}`) ?? new Map() };
  });
}

export function textRows(
  device: string,
  measurement: string,
  type: DataType,
  times: BigInt64Array,
  { values, nulls }: Column,
): string[] {
  const rows: string[] = [];
  for (let row = 0; row < times.length; row++) {
    if (isNull(nulls, row)) continue;
    rows.push([device, measurement, dataTypeName(type), times[row], textValue(type, values, row)].join('\t'));
  }
  return rows;
}

function textValue(type: DataType, values: Values, row: number): string {
  if (isBinaries(values)) return Buffer.from(binaryAt(values, row)).toString('hex');
  const value = values[row]!;
  if (type === DataType.BOOLEAN) return String(value === 1);
  if (typeof value === 'bigint' || values instanceof Int32Array) return String(value);
  if (Number.isNaN(value)) return 'nan';
  const bytes = Buffer.alloc(values.BYTES_PER_ELEMENT);
  if (type === DataType.FLOAT) bytes.writeFloatBE(value);
  else bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

/** Of texts as `textRows` has them; a null gives any value. */
export function valuesOfTexts(type: DataType, texts: readonly (string | undefined)[]): Values {
  const bytesOf = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'hex');
  switch (type) {
    case DataType.BOOLEAN:
      return Uint8Array.from(texts, (text) => (text === 'true' ? 1 : 0));
    case DataType.INT32:
    case DataType.DATE:
      return Int32Array.from(texts, (text) => Number(text ?? 0));
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return BigInt64Array.from(texts, (text) => BigInt(text ?? 0));
    case DataType.FLOAT:
      return Float32Array.from(texts, (text) => numberOf(text, () => bytesOf(text).readFloatBE()));
    case DataType.DOUBLE:
      return Float64Array.from(texts, (text) => numberOf(text, () => bytesOf(text).readDoubleBE()));
    default:
      return binariesOf(texts.map(bytesOf)) satisfies Binaries;
  }
}

function numberOf(text: string | undefined, read: () => number): number {
  if (text === undefined) return 0;
  return text === 'nan' ? Number.NaN : read();
}
