import type { Span } from '../span.ts';
import type { DateTimeLiteral } from '../tree/literal.ts';

const form =
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[Tt ](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?(?:([+-])(\d{1,2}):(\d{2})|[Zz])?)?$/;

/** Larger than that of any zone. */
const offsetMinutesMax = 18 * 60;

/** What is wrong with it, or the literal. `image` has the form of the token. */
export function readDateTime(image: string, span: Span): DateTimeLiteral | string {
  const parts = form.exec(image);
  if (!parts) return 'this is no date';
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = '', sign, offsetHours, offsetMinutes] = parts;
  if (fraction.length > 9) return 'a second has at most nine digits behind its point';
  const literal = {
    kind: 'dateTime',
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    nanosecond: Number(fraction.padEnd(9, '0')),
    offsetMinutes: offsetOf(image, sign, Number(offsetHours), Number(offsetMinutes)),
    span,
  } as const;
  if (literal.month < 1 || literal.month > 12) return 'a month is 1 to 12';
  const days = daysOfMonth(literal.year, literal.month);
  if (literal.day < 1 || literal.day > days) return `a day of this month is 1 to ${days}`;
  if (literal.hour > 23 || literal.minute > 59 || literal.second > 59) return 'a time of day ends at 23:59:59';
  if (Number(offsetMinutes) > 59 || Math.abs(literal.offsetMinutes ?? 0) > offsetMinutesMax) {
    return 'an offset is at most 18:00';
  }
  return literal;
}

export function dateTimeText(literal: DateTimeLiteral): string {
  const { year, month, day, hour, minute, second, nanosecond, offsetMinutes } = literal;
  const fraction = nanosecond === 0 ? '' : `.${digits(nanosecond, 9).replace(/(?:000){1,2}$/, '')}`;
  const date = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
  return `${date}T${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}${fraction}${offsetText(offsetMinutes)}`;
}

function offsetOf(image: string, sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (sign !== undefined) return (hours * 60 + minutes) * (sign === '-' ? -1 : 1) || 0;
  return /z$/i.test(image) ? 0 : undefined;
}

function offsetText(offsetMinutes: number | undefined): string {
  if (offsetMinutes === undefined) return '';
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60), 2)}:${digits(minutes % 60, 2)}`;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
