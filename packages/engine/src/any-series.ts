import { DataType } from '@balsa/wire';
import { Series } from './series.ts';
import type { CapturedPoints } from './snapshot/points.ts';
import {
  blobKind,
  booleanKind,
  dateKind,
  doubleKind,
  floatKind,
  int32Kind,
  int64Kind,
  stringKind,
  textKind,
  timestampKind,
} from './value-kind.ts';

/** A series of whichever type. */
export type AnySeries = Series<number> | Series<bigint> | Series<string> | Series<Uint8Array>;

export type AnyCapturedPoints =
  | CapturedPoints<number>
  | CapturedPoints<bigint>
  | CapturedPoints<string>
  | CapturedPoints<Uint8Array>;

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
    case DataType.DATE:
      return new Series(dateKind);
    case DataType.BLOB:
      return new Series(blobKind);
  }
}
