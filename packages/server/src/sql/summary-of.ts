// What statistics in files tell, in the words of queries.

import type { SummaryPiece } from '@balsa/engine/storage';
import type { SourceValue, Summary } from '@balsa/sql';
import { DataType } from '@balsa/wire';

const ordered: ReadonlySet<DataType> = new Set([
  DataType.INT32,
  DataType.INT64,
  DataType.FLOAT,
  DataType.DOUBLE,
  DataType.TIMESTAMP,
  DataType.STRING,
]);
const summed: ReadonlySet<DataType> = new Set([DataType.INT32, DataType.INT64, DataType.FLOAT, DataType.DOUBLE]);

/** `undefined`: it does not tell enough, the points have to be read. */
export function summaryOf(piece: SummaryPiece, type: DataType): Summary | undefined {
  const { startMs, endMs, count, first, last } = piece;
  if (first === undefined || last === undefined) return undefined;
  const isOrdered = ordered.has(type);
  const min = isOrdered ? extremeOf(piece.min) : undefined;
  const max = isOrdered ? extremeOf(piece.max) : undefined;
  if (isOutOfOrder(min, max)) return undefined;
  const sum = summed.has(type) ? piece.sum : undefined;
  return { kind: 'summary', startMs, endMs, count, first, last, min, max, sum };
}

/** Queries pass over not-a-number, also if there is nothing else. */
function extremeOf(value: SourceValue | undefined): SourceValue | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/**
 * Files order texts by their bytes, queries by their UTF-16 code units. Both name the same extremes, unless the largest by bytes has a
 * character in two code units, or the smallest has one of those that come behind them by code units and before them by bytes.
 */
function isOutOfOrder(min: SourceValue | undefined, max: SourceValue | undefined): boolean {
  if (typeof min !== 'string' || typeof max !== 'string') return false;
  return /[\uE000-\uFFFF]/.test(min) || /[\uD800-\uDFFF]/.test(max);
}
