import type { Span } from '../span.ts';
import { StatementError } from '../statement-error.ts';

/** Where clocks show another time than in Greenwich. */
export interface Zone {
  /** Milliseconds that are added to Greenwich's time. */
  offsetMsAt(timeMs: number): number;
}

export const utc: Zone = { offsetMsAt: () => 0 };

const offsetForm = /^(?:UTC|GMT|UT)?(?:([+-])(\d{1,2})(?::?(\d{2}))?|Z)?$/i;
/** What a date can hold at most. */
const dateMsMax = 8.64e15;

/**
 * A zone as clients name it: `+08:00`, `+0800`, `UTC+8`, `Z`, `Asia/Shanghai`.
 *
 * @throws StatementError ZONE_UNKNOWN.
 */
export function parseZone(text: string, span?: Span): Zone {
  const parts = text === '' ? null : offsetForm.exec(text);
  if (parts) {
    const [, sign, hours = 0, minutes = 0] = parts;
    const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1) || 0;
    if (Math.abs(offsetMs) > 18 * 3_600_000 || Number(minutes) >= 60) throw zoneUnknown(text, span);
    return { offsetMsAt: () => offsetMs };
  }
  return new NamedZone(text, span);
}

function zoneUnknown(text: string, span: Span | undefined, cause?: unknown): StatementError {
  const reason = `there is no time zone "${text}"; give an offset such as +08:00 or a name such as Asia/Shanghai`;
  return new StatementError('ZONE_UNKNOWN', reason, span, { cause });
}

class NamedZone implements Zone {
  readonly #format: Intl.DateTimeFormat;

  constructor(name: string, span: Span | undefined) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    } catch (error) {
      throw zoneUnknown(name, span, error);
    }
  }

  offsetMsAt(timeMs: number): number {
    const shown = Math.max(-dateMsMax, Math.min(dateMsMax, timeMs));
    const offset = this.#format.formatToParts(shown).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(offset) ?? [];
    return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 * (sign === '-' ? -1 : 1) || 0;
  }
}

/**
 * When clocks in the zone show what a clock in Greenwich shows at `localMs`. Of two such times it is the first; a time that
 * clocks skip is taken as if they had not been put forward yet.
 */
export function fromLocal(zone: Zone, localMs: number): number {
  const dayMs = 86_400_000;
  const before = localMs - zone.offsetMsAt(localMs - dayMs);
  if (before + zone.offsetMsAt(before) === localMs) return before;
  const behind = localMs - zone.offsetMsAt(localMs + dayMs);
  return behind + zone.offsetMsAt(behind) === localMs ? behind : before;
}
