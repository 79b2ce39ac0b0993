// Latencies in a histogram of three significant digits, 1 us to 10 minutes.
//
// Coordinated omission: a closed-loop client that waits one second for an answer sends nothing in that second, and so
// records one bad latency where a client that did not wait would have seen hundreds. The correction is the histogram's own:
// for a latency v and the interval i at which the client would have gone on, it adds v-i, v-2i, ... down to i. The
// interval taken is the median latency of the round: it is the pace of a closed-loop client that is not being held up. (The mean would
// already contain the stalls and hide part of them.) Open-loop latencies count from the intended start, which no stall
// can move, and need no correction.

import { Float64Histogram } from 'hdr-histogram-js';
import type { LatencyPairs } from '../load/events.ts';

const highestUs = 600_000_000;
const significantDigits = 3;

export interface LatencySummary {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** Collects latencies in a generator's hot path. */
export class LatencyRecorder {
  readonly #histogram: Float64Histogram = emptyHistogram();

  record(latencyUs: number): void {
    // A histogram cannot hold what lies outside its range: 0 becomes 1 us, and no request lives for 10 minutes.
    this.#histogram.recordValue(Math.min(Math.max(Math.round(latencyUs), 1), highestUs));
  }

  pairs(): LatencyPairs {
    const pairs: [number, number][] = [];
    for (let index = 0; index < this.#histogram.countsArrayLength; index++) {
      const count = this.#histogram.getCountAtIndex(index);
      if (count > 0) pairs.push([this.#histogram.valueFromIndex(index), count]);
    }
    return pairs;
  }
}

/** Percentiles of what was recorded, as it was recorded. */
export function summarizeLatencies(pairs: LatencyPairs): LatencySummary {
  return summaryOf(histogramOf(pairs));
}

/** Percentiles after correction for coordinated omission; for closed-loop latencies. */
export function summarizeCorrected(pairs: LatencyPairs): LatencySummary {
  const histogram = histogramOf(pairs);
  return summaryOf(histogram.copyCorrectedForCoordinatedOmission(histogram.getValueAtPercentile(50)));
}

function emptyHistogram(): Float64Histogram {
  return new Float64Histogram(1, highestUs, significantDigits);
}

function histogramOf(pairs: LatencyPairs): Float64Histogram {
  const histogram = emptyHistogram();
  for (const [valueUs, count] of pairs) {
    histogram.recordValueWithCount(Math.min(Math.max(Math.round(valueUs), 1), highestUs), count);
  }
  return histogram;
}

function summaryOf(histogram: {
  getValueAtPercentile(percentile: number): number;
  readonly maxValue: number;
}): LatencySummary {
  return {
    p50Ms: histogram.getValueAtPercentile(50) / 1000,
    p99Ms: histogram.getValueAtPercentile(99) / 1000,
    p999Ms: histogram.getValueAtPercentile(99.9) / 1000,
    maxMs: histogram.maxValue / 1000,
  };
}
