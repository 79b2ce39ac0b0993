import { readDateTime } from '../text/date-time.ts';
import { timeOf } from './time-value.ts';
import type { Zone } from './zone.ts';

/**
 * A time by itself, outside of any statement: milliseconds since 1970, or a date such as `2024-01-31T08:00:00.000+08:00`.
 * `zone`: of dates without one. `undefined` if it is neither, or a time that numbers do not hold exactly.
 */
export function readTime(text: string, zone: Zone): number | undefined {
  if (/^-?\d{1,16}$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) || 0 : undefined;
  const literal = readDateTime(text, { start: 0, end: text.length });
  return typeof literal === 'string' ? undefined : timeOf(literal, { nowMs: 0, zone });
}
