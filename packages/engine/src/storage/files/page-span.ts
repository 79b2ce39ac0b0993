// Where pages end. People ask for averages by the minute, the hour, the day. A page that lies within one of those is told by its
// statistics; so pages end where these do, if enough rows come in between for the statistics to weigh little, and values take enough
// space. Runs, and decimals of few digits, take so little that statistics would be a fifth of them and more, and are decoded soonest.

import { type ColumnLayout, DataType, Encoding } from '@balsa/tsfile';

/** Rows of a page: small enough to be skipped by their statistics, large enough for these to weigh nothing. */
export const pageRowsMax = 4096;
/** A page takes some hundred bytes besides its values, which as a rule take one or two each. */
const pageRowsMin = 512;

const minuteMs = 60_000;
const spansMs: readonly number[] = [24 * 60 * minuteMs, 60 * minuteMs, 10 * minuteMs, minuteMs];

/** The longest span of which a page holds the rows, as they mostly lie; `undefined`: pages end where they are full. */
export function pageSpan(times: BigInt64Array, columns: readonly ColumnLayout[]): bigint | undefined {
  if (times.length < pageRowsMin || !columns.every(takesSpace)) return undefined;
  const wholeMs = Number(times[times.length - 1]! - times[0]!);
  const rowsOf = (spanMs: number): number => ((times.length - 1) * spanMs) / wholeMs;
  const spanMs = spansMs.find((it) => rowsOf(it) <= pageRowsMax && rowsOf(it) >= pageRowsMin);
  return spanMs === undefined ? undefined : BigInt(spanMs);
}

function takesSpace({ dataType, encoding }: ColumnLayout): boolean {
  const isDecimal = encoding === Encoding.TS_2DIFF && (dataType === DataType.FLOAT || dataType === DataType.DOUBLE);
  return encoding !== Encoding.RLE && !isDecimal;
}
