// The windows of GROUP BY, each known by its number, so that none has to be listed.

import { StatementError } from '../statement-error.ts';
import type { TimeWindow } from '../tree/select.ts';
import { addSpans, type CalendarSpan, calendarSpan, floorToMonths, timeEndMs } from './calendar.ts';
import { type Clock, timeOf } from './time-value.ts';
import type { Zone } from './zone.ts';

export interface Windows {
  readonly count: number;
  /** Of the first millisecond that belongs to it; ascending. */
  startOf(window: number): number;
  /** Of the first millisecond behind it; ascending. */
  endOf(window: number): number;
  /** What stands in the column of time. */
  timeOf(window: number): number;
}

interface Layout {
  readonly zone: Zone;
  /** Where the first window starts. */
  readonly originMs: number;
  /** The first millisecond behind the range. */
  readonly endMs: number;
  readonly interval: CalendarSpan;
  readonly step: CalendarSpan;
  /** Whether a window has its end, and not its start. */
  readonly includesEnd: boolean;
}

/** A window with nothing around it. */
export function oneWindow(startMs: number, endMs: number): Windows {
  return { count: 1, startOf: () => startMs, endOf: () => endMs, timeOf: () => 0 };
}

/**
 * @param extent first and last time with data, which give the range where the statement gives none; `undefined`: no data.
 * @throws StatementError STATEMENT_INVALID: no range, or no interval.
 */
export function windowsOf(window: TimeWindow, clock: Clock, extent: readonly [number, number] | undefined): Windows {
  const interval = calendarSpan(window.interval);
  const step = window.slidingStep === undefined ? interval : calendarSpan(window.slidingStep);
  for (const [span, place] of [
    [interval, window.interval],
    [step, window.slidingStep ?? window.interval],
  ] as const) {
    if (span.months === 0 && span.ms < 1) {
      throw new StatementError('STATEMENT_INVALID', 'a window is at least one millisecond long', place.span);
    }
  }
  const layout = { zone: clock.zone, interval, step };
  if (window.range === undefined) {
    if (extent === undefined) return { ...oneWindow(0, 0), count: 0 };
    const originMs = floorToStep(clock.zone, extent[0], step);
    return laidOut({ ...layout, originMs, endMs: extent[1] + 1, includesEnd: false });
  }
  const startMs = timeOf(window.range.start, clock);
  const endMs = timeOf(window.range.end, clock);
  if (startMs >= endMs) {
    throw new StatementError('STATEMENT_INVALID', 'the range ends before it begins', window.range.span);
  }
  return laidOut({ ...layout, originMs: startMs, endMs, includesEnd: window.range.includes === 'end' });
}

/** How many windows contain one millisecond, at most. */
export function overlapOf(window: TimeWindow): number {
  if (window.slidingStep === undefined) return 1;
  const [interval, step] = [calendarSpan(window.interval), calendarSpan(window.slidingStep)];
  // A month has 28 days or more.
  return Math.ceil((interval.months * 31 * 86_400_000 + interval.ms) / (step.months * 28 * 86_400_000 + step.ms)) + 1;
}

function laidOut({ zone, originMs, endMs, interval, step, includesEnd }: Layout): Windows {
  const shift = includesEnd ? 1 : 0;
  const startOf = (window: number): number => addSpans(zone, originMs, step, window);
  const endOf = (window: number): number => {
    // As whole steps where there is nothing between windows, so that they meet even where months are of different lengths.
    const isGapless = interval.months === step.months && interval.ms === step.ms;
    const end = isGapless ? startOf(window + 1) : addSpans(zone, startOf(window), interval, 1);
    return Math.min(end, endMs);
  };
  return {
    count: countOf(startOf, originMs, endMs, step),
    startOf: (window) => Math.min(startOf(window) + shift, timeEndMs),
    endOf: (window) => Math.min(endOf(window) + shift, timeEndMs),
    timeOf: includesEnd ? endOf : startOf,
  };
}

/** How many windows start before the end. */
function countOf(startOf: (window: number) => number, originMs: number, endMs: number, step: CalendarSpan): number {
  if (step.months === 0) return Math.ceil((endMs - originMs) / step.ms);
  let low = 1;
  let high = 2;
  while (startOf(high) < endMs) high *= 2;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (startOf(middle) < endMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Windows without a range start at multiples of their step: since 1970, as the clocks in the zone show it. */
function floorToStep(zone: Zone, timeMs: number, { months, ms }: CalendarSpan): number {
  if (months > 0) return floorToMonths(zone, timeMs, months);
  const offsetMs = zone.offsetMsAt(timeMs);
  return Math.floor((timeMs + offsetMs) / ms) * ms - offsetMs;
}
