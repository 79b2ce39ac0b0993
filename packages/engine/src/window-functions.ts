// The aggregate functions, each over all windows of a query at once. They are fed runs of points that lie in one
// window, ascending in time within a series, series after series; a window's result is order-independent but for
// the rounding of sums. NaN stands for "no value" in results.

import { type AggregateFunction, DataType } from '@balsa/wire';

export interface WindowFunction {
  /** Takes in the points `[start, end)`, at least one, all in one window. */
  add(window: number, times: Float64Array, numbers: ArrayLike<number>, start: number, end: number): void;
  /** Takes in points of one series that all lie in one window, by what is known of them. */
  addSummary(window: number, summary: SummaryNumbers): void;
  /** One value for each window; the function takes nothing more in afterwards. */
  finish(): Float64Array;
}

/** What statistics tell of points. NaN stands for what a type does not have. */
export interface SummaryNumbers {
  /** Times of the first and of the last. */
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
}

/** Types of which there are sums. */
export const arithmetic: readonly DataType[] = [DataType.INT32, DataType.INT64, DataType.FLOAT, DataType.DOUBLE];
const ordered: readonly DataType[] = [...arithmetic, DataType.TIMESTAMP];
const numeric: readonly DataType[] = [...ordered, DataType.BOOLEAN];
const every: readonly DataType[] = [...numeric, DataType.TEXT, DataType.STRING, DataType.DATE, DataType.BLOB];

interface FunctionDefinition {
  /** Types of series that it can be asked of. */
  readonly takes: readonly DataType[];
  readonly create: (windows: number) => WindowFunction;
}

/** Values at equal times in several series: the one of the device that comes first by path counts as first and last. */
export const windowFunctions: Readonly<Record<AggregateFunction, FunctionDefinition>> = {
  count: { takes: every, create: (windows) => new Count(windows) },
  sum: { takes: arithmetic, create: (windows) => new Sum(windows) },
  avg: { takes: arithmetic, create: (windows) => new Average(windows) },
  min: { takes: ordered, create: (windows) => new Minimum(windows) },
  max: { takes: ordered, create: (windows) => new Maximum(windows) },
  first: { takes: numeric, create: (windows) => new First(windows) },
  last: { takes: numeric, create: (windows) => new Last(windows) },
};

class Count implements WindowFunction {
  readonly #counts: Float64Array;

  constructor(windows: number) {
    this.#counts = new Float64Array(windows);
  }

  add(window: number, _times: Float64Array, _numbers: ArrayLike<number>, start: number, end: number): void {
    this.#counts[window]! += end - start;
  }

  addSummary(window: number, { count }: SummaryNumbers): void {
    this.#counts[window]! += count;
  }

  finish(): Float64Array {
    return this.#counts;
  }
}

class Sum implements WindowFunction {
  readonly #sums: Float64Array;
  readonly #seen: Uint8Array;

  constructor(windows: number) {
    this.#sums = new Float64Array(windows);
    this.#seen = new Uint8Array(windows);
  }

  add(window: number, _times: Float64Array, numbers: ArrayLike<number>, start: number, end: number): void {
    this.#seen[window] = 1;
    this.#sums[window] = addUp(this.#sums[window]!, numbers, start, end);
  }

  addSummary(window: number, { sum }: SummaryNumbers): void {
    this.#seen[window] = 1;
    this.#sums[window]! += sum;
  }

  finish(): Float64Array {
    for (let i = 0; i < this.#sums.length; i++) {
      if (this.#seen[i] === 0) this.#sums[i] = Number.NaN;
    }
    return this.#sums;
  }
}

class Average implements WindowFunction {
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;

  constructor(windows: number) {
    this.#sums = new Float64Array(windows);
    this.#counts = new Float64Array(windows);
  }

  add(window: number, _times: Float64Array, numbers: ArrayLike<number>, start: number, end: number): void {
    this.#counts[window]! += end - start;
    this.#sums[window] = addUp(this.#sums[window]!, numbers, start, end);
  }

  addSummary(window: number, { count, sum }: SummaryNumbers): void {
    this.#counts[window]! += count;
    this.#sums[window]! += sum;
  }

  finish(): Float64Array {
    // 0 / 0 is NaN, as it should be.
    for (let i = 0; i < this.#sums.length; i++) this.#sums[i]! /= this.#counts[i]!;
    return this.#sums;
  }
}

/** Looks past NaN values: the result is NaN only if there is nothing else. */
class Minimum implements WindowFunction {
  readonly #minima: Float64Array;

  constructor(windows: number) {
    this.#minima = new Float64Array(windows).fill(Number.NaN);
  }

  add(window: number, _times: Float64Array, numbers: ArrayLike<number>, start: number, end: number): void {
    let minimum = this.#minima[window]!;
    for (let i = start; i < end; i++) {
      const value = numbers[i]!;
      if (value < minimum || Number.isNaN(minimum)) minimum = value;
    }
    this.#minima[window] = minimum;
  }

  addSummary(window: number, { min }: SummaryNumbers): void {
    const minimum = this.#minima[window]!;
    if (min < minimum || Number.isNaN(minimum)) this.#minima[window] = min;
  }

  finish(): Float64Array {
    return this.#minima;
  }
}

/** Looks past NaN values: the result is NaN only if there is nothing else. */
class Maximum implements WindowFunction {
  readonly #maxima: Float64Array;

  constructor(windows: number) {
    this.#maxima = new Float64Array(windows).fill(Number.NaN);
  }

  add(window: number, _times: Float64Array, numbers: ArrayLike<number>, start: number, end: number): void {
    let maximum = this.#maxima[window]!;
    for (let i = start; i < end; i++) {
      const value = numbers[i]!;
      if (value > maximum || Number.isNaN(maximum)) maximum = value;
    }
    this.#maxima[window] = maximum;
  }

  addSummary(window: number, { max }: SummaryNumbers): void {
    const maximum = this.#maxima[window]!;
    if (max > maximum || Number.isNaN(maximum)) this.#maxima[window] = max;
  }

  finish(): Float64Array {
    return this.#maxima;
  }
}

class First implements WindowFunction {
  readonly #times: Float64Array;
  readonly #values: Float64Array;

  constructor(windows: number) {
    this.#times = new Float64Array(windows).fill(Number.POSITIVE_INFINITY);
    this.#values = new Float64Array(windows).fill(Number.NaN);
  }

  add(window: number, times: Float64Array, numbers: ArrayLike<number>, start: number, _end: number): void {
    if (times[start]! >= this.#times[window]!) return;
    this.#times[window] = times[start]!;
    this.#values[window] = numbers[start]!;
  }

  addSummary(window: number, { startMs, first }: SummaryNumbers): void {
    if (startMs >= this.#times[window]!) return;
    this.#times[window] = startMs;
    this.#values[window] = first;
  }

  finish(): Float64Array {
    return this.#values;
  }
}

class Last implements WindowFunction {
  readonly #times: Float64Array;
  readonly #values: Float64Array;

  constructor(windows: number) {
    this.#times = new Float64Array(windows).fill(Number.NEGATIVE_INFINITY);
    this.#values = new Float64Array(windows).fill(Number.NaN);
  }

  add(window: number, times: Float64Array, numbers: ArrayLike<number>, _start: number, end: number): void {
    if (times[end - 1]! <= this.#times[window]!) return;
    this.#times[window] = times[end - 1]!;
    this.#values[window] = numbers[end - 1]!;
  }

  addSummary(window: number, { endMs, last }: SummaryNumbers): void {
    if (endMs <= this.#times[window]!) return;
    this.#times[window] = endMs;
    this.#values[window] = last;
  }

  finish(): Float64Array {
    return this.#values;
  }
}

/** Adds one after the other, so that the result does not depend on where chunks end. */
function addUp(sum: number, numbers: ArrayLike<number>, start: number, end: number): number {
  let total = sum;
  for (let i = start; i < end; i++) total += numbers[i]!;
  return total;
}
