// What is known of a series apart from its points.

import { DataType, dataTypeName } from '@balsa/wire';

export interface SeriesSchema {
  /** Canonical, like `measurement`. */
  readonly device: string;
  readonly measurement: string;
  /** All series of a device share their times, and are stored so; or none do. */
  readonly isAligned: boolean;
  readonly dataType: DataType;
  /** By IoTDB's name, such as GORILLA. */
  readonly encoding: string;
  /** By IoTDB's name, such as LZ4. */
  readonly compressor: string;
  /** Another name for the measurement, as it was written; one node of a path in its canonical form. */
  readonly alias: string | undefined;
  /** Ascending by key, like `attributes`. */
  readonly tags: readonly KeyValue[];
  readonly attributes: readonly KeyValue[];
}

export type KeyValue = readonly [key: string, value: string];

export function seriesPath({ device, measurement }: Pick<SeriesSchema, 'device' | 'measurement'>): string {
  return `${device}.${measurement}`;
}

/** What IoTDB 2.x takes where a series does not say. */
export function defaultEncoding(type: DataType): string {
  switch (type) {
    case DataType.BOOLEAN:
      return 'RLE';
    case DataType.INT32:
    case DataType.INT64:
    case DataType.TIMESTAMP:
    case DataType.DATE:
      return 'TS_2DIFF';
    case DataType.FLOAT:
    case DataType.DOUBLE:
      return 'GORILLA';
    default:
      return 'PLAIN';
  }
}

export const defaultCompressor = 'LZ4';

const compressors: readonly string[] = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZ4', 'ZSTD', 'LZMA2'];

const forIntegers: readonly string[] = ['PLAIN', 'RLE', 'TS_2DIFF', 'GORILLA', 'ZIGZAG', 'CHIMP', 'SPRINTZ', 'RLBE'];
const forFloats: readonly string[] = forIntegers.filter((encoding) => encoding !== 'ZIGZAG');
const encodingsOf: ReadonlyMap<DataType, readonly string[]> = new Map<DataType, readonly string[]>([
  [DataType.BOOLEAN, ['PLAIN', 'RLE']],
  [DataType.INT32, forIntegers],
  [DataType.INT64, forIntegers],
  [DataType.TIMESTAMP, forIntegers],
  [DataType.DATE, forIntegers],
  [DataType.FLOAT, forFloats],
  [DataType.DOUBLE, forFloats],
  [DataType.TEXT, ['PLAIN', 'DICTIONARY']],
  [DataType.STRING, ['PLAIN', 'DICTIONARY']],
  [DataType.BLOB, ['PLAIN']],
]);

const shared = new Map(
  [...compressors, ...[...encodingsOf.values()].flat()].map((name): [string, string] => [name, name]),
);

/** The same name, in memory that all series share. */
export function sharedCodecName(name: string): string {
  return shared.get(name) ?? name;
}

/** Why a series cannot be like this, in words, or `undefined`. */
export function faultOf({
  dataType,
  encoding,
  compressor,
}: Pick<SeriesSchema, 'dataType' | 'encoding' | 'compressor'>): string | undefined {
  const encodings = encodingsOf.get(dataType) ?? [];
  if (!encodings.includes(encoding)) {
    return `${dataTypeName(dataType)} is not encoded as ${encoding}, but as one of ${encodings.join(', ')}`;
  }
  if (!compressors.includes(compressor)) return `compressor ${compressor} is none of ${compressors.join(', ')}`;
  return undefined;
}
