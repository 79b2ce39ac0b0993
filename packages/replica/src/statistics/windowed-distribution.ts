// What was recorded of one thing: since the beginning, and in a window of time that moves on with the clock. The window is cut into
// slices; the oldest is dropped whole, so it covers at least three quarters of its length. Nothing is allocated before
// the first value, and what a window held is let go when somebody looks after it has passed.

import { bucketCount, Histogram, middleOf, valueMax } from './histogram.ts';
import type { Distribution, RecentFigures } from './report.ts';

const slicesPerWindow = 4;
/** Of a millisecond, in the histogram. */
const stepsPerMs = 1000;

const nothingRecent: RecentFigures = { count: 0, perSecond: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 };

interface Slice {
  /** Which slice of time it holds, counted from 0 on the clock. */
  era: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  readonly histogram: Histogram;
}

export class WindowedDistribution {
  readonly #windowMs: number;
  readonly #stepsPerUnit: number;
  #count = 0;
  #sum = 0;
  #max = 0;
  #slices: Slice[] | undefined;

  private constructor(windowMs: number, stepsPerUnit: number) {
    this.#windowMs = windowMs;
    this.#stepsPerUnit = stepsPerUnit;
  }

  /** Of milliseconds, to the microsecond. */
  static ofMs(windowMs: number): WindowedDistribution {
    return new WindowedDistribution(windowMs, stepsPerMs);
  }

  /** Of whole numbers: entries, bytes. */
  static ofWhole(windowMs: number): WindowedDistribution {
    return new WindowedDistribution(windowMs, 1);
  }

  /** What is no number, or negative, counts as 0: one bad figure must not spoil the others. */
  record(measured: number, nowMs: number): void {
    const value = measured > 0 ? measured : 0;
    this.#count++;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
    const slice = this.#sliceAt(nowMs);
    slice.count++;
    slice.sum += value;
    if (value < slice.min) slice.min = value;
    if (value > slice.max) slice.max = value;
    slice.histogram.add(Math.min(Math.round(value * this.#stepsPerUnit), valueMax));
  }

  /** `sinceMs`: when the collecting began, for rates of a window that is not full yet. */
  report(nowMs: number, sinceMs: number): Distribution {
    const mean = this.#count === 0 ? 0 : this.#sum / this.#count;
    return { count: this.#count, mean, max: this.#max, recent: this.#recent(nowMs, sinceMs) };
  }

  #recent(nowMs: number, sinceMs: number): RecentFigures {
    const oldestEra = this.#eraAt(nowMs) - slicesPerWindow + 1;
    const slices = (this.#slices ?? []).filter(({ era, count }) => era >= oldestEra && count > 0);
    if (slices.length === 0) {
      this.#slices = undefined;
      return nothingRecent;
    }
    const counts = new Uint32Array(bucketCount);
    for (const { histogram } of slices) histogram.addTo(counts);
    const count = slices.reduce((total, slice) => total + slice.count, 0);
    const min = Math.min(...slices.map((slice) => slice.min));
    const max = Math.max(...slices.map((slice) => slice.max));
    const coveredMs = nowMs - Math.max(sinceMs, (oldestEra * this.#windowMs) / slicesPerWindow);
    const percentile = (percent: number): number => {
      const value = middleOf(bucketAtRank(counts, Math.ceil((percent / 100) * count))) / this.#stepsPerUnit;
      return Math.min(Math.max(value, min), max);
    };
    return {
      count,
      perSecond: coveredMs > 0 ? (count * 1000) / coveredMs : 0,
      mean: slices.reduce((total, slice) => total + slice.sum, 0) / count,
      max,
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
    };
  }

  #sliceAt(nowMs: number): Slice {
    const era = this.#eraAt(nowMs);
    this.#slices ??= [];
    const place = era % slicesPerWindow;
    const slice = this.#slices[place];
    if (slice?.era === era) return slice;
    return this.#beginSlice(place, era);
  }

  #beginSlice(place: number, era: number): Slice {
    const histogram = this.#slices![place]?.histogram ?? new Histogram();
    histogram.clear();
    const slice = { era, count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: 0, histogram };
    this.#slices![place] = slice;
    return slice;
  }

  #eraAt(nowMs: number): number {
    return Math.floor((nowMs * slicesPerWindow) / this.#windowMs);
  }
}

/** The bucket of the value that stands at `rank`, from 1, when all are sorted. */
function bucketAtRank(counts: Uint32Array, rank: number): number {
  let bucket = 0;
  for (let seen = counts[0]!; seen < rank; seen += counts[bucket]!) bucket++;
  return bucket;
}
