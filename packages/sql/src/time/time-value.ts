import type { DateTimeLiteral, TimeExpression } from '../tree/literal.ts';
import { clampTime, durationMs, utcOf } from './calendar.ts';
import { fromLocal, type Zone } from './zone.ts';

/** What the times in a statement depend on. */
export interface Clock {
  /** What `now()` stands for, the same everywhere in a statement. */
  readonly nowMs: number;
  /** Of the session. */
  readonly zone: Zone;
}

/** Milliseconds since 1970; a time beyond those that there are becomes the first or the end of them. */
export function timeOf(time: TimeExpression, clock: Clock): number {
  switch (time.kind) {
    case 'integer':
      return clampTime(Number(time.value));
    case 'now':
      return clock.nowMs;
    case 'dateTime':
      return dateTimeMs(time, clock);
    case 'timeShift': {
      const shift = durationMs(time.duration);
      return clampTime(timeOf(time.time, clock) + (time.operator === '-' ? -shift : shift));
    }
  }
}

function dateTimeMs(literal: DateTimeLiteral, { zone }: Clock): number {
  const seconds = (literal.hour * 60 + literal.minute) * 60 + literal.second;
  const local =
    utcOf(literal.year, literal.month - 1, literal.day) + seconds * 1000 + Math.floor(literal.nanosecond / 1e6);
  return literal.offsetMinutes === undefined ? fromLocal(zone, local) : local - literal.offsetMinutes * 60_000;
}
