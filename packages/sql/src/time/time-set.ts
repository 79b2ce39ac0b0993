// Sets of times: ranges in ascending order that neither overlap nor touch.

import type { TimeSpan } from '../source/series-source.ts';
import { timeEndMs, timeMinMs } from './calendar.ts';

export type TimeSet = readonly TimeSpan[];

export const allTimes: TimeSet = [{ startMs: timeMinMs, endMs: timeEndMs }];

export function timesBetween(startMs: number, endMs: number): TimeSet {
  const start = Math.max(startMs, timeMinMs);
  const end = Math.min(endMs, timeEndMs);
  return start < end ? [{ startMs: start, endMs: end }] : [];
}

export function isAll(times: TimeSet): boolean {
  return times.length === 1 && times[0]!.startMs === timeMinMs && times[0]!.endMs === timeEndMs;
}

export function union(sets: readonly TimeSet[]): TimeSet {
  const ranges = sets.flat().sort((a, b) => a.startMs - b.startMs);
  const merged: { startMs: number; endMs: number }[] = [];
  for (const { startMs, endMs } of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else merged.push({ startMs, endMs });
  }
  return merged;
}

/** By halves, so that the time it takes grows little faster than the number of ranges. */
export function intersection(sets: readonly TimeSet[]): TimeSet {
  if (sets.length === 0) return allTimes;
  if (sets.length === 1) return sets[0]!;
  const middle = sets.length >> 1;
  return common(intersection(sets.slice(0, middle)), intersection(sets.slice(middle)));
}

export function complement(times: TimeSet): TimeSet {
  const gaps: TimeSpan[] = [];
  let startMs = timeMinMs;
  for (const range of times) {
    if (startMs < range.startMs) gaps.push({ startMs, endMs: range.startMs });
    startMs = range.endMs;
  }
  if (startMs < timeEndMs) gaps.push({ startMs, endMs: timeEndMs });
  return gaps;
}

/** From the first to the last of them. */
export function hull(times: TimeSet): TimeSet {
  return times.length === 0 ? [] : [{ startMs: times[0]!.startMs, endMs: times.at(-1)!.endMs }];
}

function common(left: TimeSet, right: TimeSet): TimeSet {
  const ranges: TimeSpan[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const startMs = Math.max(left[l]!.startMs, right[r]!.startMs);
    const endMs = Math.min(left[l]!.endMs, right[r]!.endMs);
    if (startMs < endMs) ranges.push({ startMs, endMs });
    if (left[l]!.endMs < right[r]!.endMs) l++;
    else r++;
  }
  return ranges;
}
