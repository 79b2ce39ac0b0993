// Times at which a series has no points any more, as disjoint intervals that ascend: start, end (not included), start, ...

export type Intervals = Float64Array;

const noIntervals: Intervals = new Float64Array(0);

export function intervalsOf(ranges: readonly { readonly startMs: number; readonly endMs: number }[]): Intervals {
  if (ranges.length === 0) return noIntervals;
  const sorted = ranges.filter(({ startMs, endMs }) => startMs < endMs).sort((a, b) => a.startMs - b.startMs);
  const flat: number[] = [];
  for (const { startMs, endMs } of sorted) {
    const lastEnd = flat.at(-1);
    if (lastEnd !== undefined && startMs <= lastEnd) flat[flat.length - 1] = Math.max(lastEnd, endMs);
    else flat.push(startMs, endMs);
  }
  return Float64Array.from(flat);
}

/** Whether any time from `firstMs` up to and with `lastMs` lies in one of them. */
export function touches(intervals: Intervals, firstMs: number, lastMs: number): boolean {
  for (let i = 0; i < intervals.length; i += 2) {
    if (intervals[i]! <= lastMs && intervals[i + 1]! > firstMs) return true;
  }
  return false;
}

/** Whether all times from `firstMs` up to and with `lastMs` lie in one of them. */
export function covers(intervals: Intervals, firstMs: number, lastMs: number): boolean {
  for (let i = 0; i < intervals.length; i += 2) {
    if (intervals[i]! <= firstMs && intervals[i + 1]! > lastMs) return true;
  }
  return false;
}
