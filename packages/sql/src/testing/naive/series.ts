// Integers are bigints here, whatever their type, so that nothing is rounded.

import { DataType } from '@balsa/wire';
import type { SourceValue } from '../../source/series-source.ts';
import type { MemorySeries } from '../memory-source.ts';

export type Value = bigint | number | string | boolean | null;

export interface Series {
  readonly device: string;
  readonly path: string;
  readonly type: DataType;
  readonly points: ReadonlyMap<number, Value>;
}

export const wholeTypes: readonly DataType[] = [DataType.INT32, DataType.INT64, DataType.TIMESTAMP];

export function seriesOf(data: MemorySeries): Series[] {
  return Object.entries(data)
    .flatMap(([device, measurements]) =>
      Object.entries(measurements).map(([measurement, [type, ...points]]) => ({
        device,
        path: `${device}.${measurement}`,
        type,
        points: new Map(points.map(([time, value]) => [time, naiveValue(type, value)])),
      })),
    )
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function naiveValue(type: DataType, value: SourceValue): Value {
  if (type === DataType.BOOLEAN) return value === 1;
  // There are no blobs among the samples.
  const plain = value as Exclude<SourceValue, Uint8Array>;
  return wholeTypes.includes(type) ? BigInt(plain) : plain;
}
