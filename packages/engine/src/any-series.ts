import { DataType, dataTypeName } from '@balsa/wire';
import { Series } from './series.ts';
import type { CapturedPoints } from './snapshot/points.ts';
import {
  booleanKind,
  doubleKind,
  floatKind,
  int32Kind,
  int64Kind,
  stringKind,
  textKind,
  timestampKind,
} from './value-kind.ts';

/** A series of whichever type. */
export type AnySeries = Series<number> | Series<bigint> | Series<string>;

export type AnyCapturedPoints = CapturedPoints<number> | CapturedPoints<bigint> | CapturedPoints<string>;

/** @throws TypeError for a type that is not served; decoders refuse those before. */
export function createSeries(type: DataType): AnySeries {
  switch (type) {
    case DataType.BOOLEAN:
      return new Series(booleanKind);
    case DataType.INT32:
      return new Series(int32Kind);
    case DataType.INT64:
      return new Series(int64Kind);
    case DataType.FLOAT:
      return new Series(floatKind);
    case DataType.DOUBLE:
      return new Series(doubleKind);
    case DataType.TEXT:
      return new Series(textKind);
    case DataType.TIMESTAMP:
      return new Series(timestampKind);
    case DataType.STRING:
      return new Series(stringKind);
    default:
      throw new TypeError(`series of ${dataTypeName(type)} are not served`);
  }
}
