/** Of a few hundred values: percentiles by nearest rank, so that each is a value that was measured. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Of at least one value. */
export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (percent: number): number => sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1]!;
  return { count: sorted.length, p50: rank(50), p90: rank(90), p99: rank(99), max: rank(100) };
}

/** The same figures in another unit. */
export function scaled({ count, p50, p90, p99, max }: Percentiles, factor: number): Percentiles {
  return { count, p50: p50 * factor, p90: p90 * factor, p99: p99 * factor, max: max * factor };
}
