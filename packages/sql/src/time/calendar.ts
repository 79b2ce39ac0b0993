import type { Duration, DurationUnit } from '../tree/literal.ts';
import { fromLocal, type Zone } from './zone.ts';

/** The times that there are: whole milliseconds within the safe integers. */
export const timeMinMs: number = Number.MIN_SAFE_INTEGER;
/** Of the first time behind them. */
export const timeEndMs: number = Number.MAX_SAFE_INTEGER + 1;

/** A length of time whose months are those of the calendar. */
export interface CalendarSpan {
  readonly months: number;
  readonly ms: number;
}

const monthsOf: Partial<Record<DurationUnit, number>> = { mo: 1, y: 12 };
const msOf: Readonly<Record<DurationUnit, number>> = {
  y: 365 * 86_400_000,
  mo: 30 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  ns: 1e-6,
};

/** With months of 30 and years of 365 days; what is less than a millisecond is left out. */
export function durationMs({ parts }: Duration): number {
  const sum = parts.reduce((total, { amount, unit }) => total + Math.floor(amount * msOf[unit]), 0);
  return Math.min(sum, timeEndMs);
}

export function calendarSpan(duration: Duration): CalendarSpan {
  const months = duration.parts.reduce((total, { amount, unit }) => total + amount * (monthsOf[unit] ?? 0), 0);
  const rest = duration.parts.filter(({ unit }) => monthsOf[unit] === undefined);
  return { months, ms: durationMs({ ...duration, parts: rest }) };
}

/** `count` spans later. The 31st of a month is, in a shorter month, its last day. */
export function addSpans(zone: Zone, timeMs: number, { months, ms }: CalendarSpan, count: number): number {
  const start = months === 0 ? timeMs : addMonths(zone, timeMs, months * count);
  return clampTime(start + ms * count);
}

/** The start of the month of the calendar that is the last one before `timeMs` whose number is a multiple of `months`. */
export function floorToMonths(zone: Zone, timeMs: number, months: number): number {
  const local = new Date(timeMs + zone.offsetMsAt(timeMs));
  const number = (local.getUTCFullYear() - 1970) * 12 + local.getUTCMonth();
  return fromLocal(zone, utcOf(1970, Math.floor(number / months) * months, 1));
}

export function clampTime(timeMs: number): number {
  return Math.max(timeMinMs, Math.min(timeEndMs, timeMs));
}

/** `month` counts from 0 and may be beyond the year. Date.UTC takes the years 0 to 99 for those after 1900. */
export function utcOf(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

function addMonths(zone: Zone, timeMs: number, months: number): number {
  const localMs = timeMs + zone.offsetMsAt(timeMs);
  const local = new Date(localMs);
  const month = local.getUTCMonth() + months;
  const lastDay = new Date(utcOf(local.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const midnight = utcOf(local.getUTCFullYear(), month, Math.min(local.getUTCDate(), lastDay));
  const timeOfDay = ((localMs % 86_400_000) + 86_400_000) % 86_400_000;
  const moved = midnight + timeOfDay;
  // Further away than dates reach.
  return Number.isNaN(moved) ? timeEndMs : fromLocal(zone, moved);
}
