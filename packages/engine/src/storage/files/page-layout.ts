// How chunks are laid out: how long pages are, and of which spans the file has statistics. People ask for averages by the minute, the
// hour, the day; where statistics tell of those, no page has to be read.

import { type ColumnLayout, Encoding, type PageLayout } from '@balsa/tsfile';
import { arithmetic } from '../../window-functions.ts';

/** Small enough to be skipped by their statistics, large enough for these to weigh nothing. */
const pageRows = 4096;
/** Runs take so little that the statistics of such pages would be a third of them. */
const pageRowsOfRuns = 16_384;
/** Statistics of a span take some twenty bytes, its rows as a rule half a byte each and more. */
const spanRowsMin = 512;

const minuteMs = 60_000;
const spansMs: readonly number[] = [minuteMs, 10 * minuteMs, 60 * minuteMs, 24 * 60 * minuteMs];

export function pageLayout(times: BigInt64Array, columns: readonly ColumnLayout[]): PageLayout {
  return {
    rows: columns.every(({ encoding }) => encoding === Encoding.RLE) ? pageRowsOfRuns : pageRows,
    statisticsSpan: columns.some(({ dataType }) => arithmetic.includes(dataType)) ? spanOf(times) : undefined,
  };
}

/** The shortest that has enough rows, as they mostly lie. */
function spanOf(times: BigInt64Array): bigint | undefined {
  if (times.length < 2 * spanRowsMin) return undefined;
  const rowsPerMs = (times.length - 1) / Number(times[times.length - 1]! - times[0]!);
  const spanMs = spansMs.find((it) => rowsPerMs * it >= spanRowsMin);
  return spanMs === undefined ? undefined : BigInt(spanMs);
}
