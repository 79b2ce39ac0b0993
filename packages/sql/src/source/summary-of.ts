// What statistics in files tell, in the words of queries.

import { DataType } from '@balsa/wire';
import type { SourceValue, Summary } from './series-source.ts';

/** What a store's statistics tell of points, whatever the type has: not-a-number where there is nothing else, texts in the order of their bytes. */
export interface StoredSummary {
  /** Times of the first and of the last point. */
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly first: SourceValue | undefined;
  readonly last: SourceValue | undefined;
  readonly min: SourceValue | undefined;
  readonly max: SourceValue | undefined;
  readonly sum: number | undefined;
}

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
export function summaryOf(stored: StoredSummary, type: DataType): Summary | undefined {
  const { startMs, endMs, count, first, last } = stored;
  if (first === undefined || last === undefined) return undefined;
  const isOrdered = ordered.has(type);
  const min = isOrdered ? extremeOf(stored.min) : undefined;
  const max = isOrdered ? extremeOf(stored.max) : undefined;
  if (isOutOfOrder(min, max)) return undefined;
  const sum = summed.has(type) ? stored.sum : undefined;
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
