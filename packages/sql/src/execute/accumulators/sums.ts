import type { Column, ColumnValues } from '@balsa/wire';
import type { Summary } from '../../source/series-source.ts';
import type { Rows } from '../rows.ts';
import { countValues } from '../vector/find-values.ts';
import { isNullAt, type Nulls } from '../vector/nulls.ts';
import { type Accumulator, takesNoSummaries } from './accumulator.ts';
import { columnOf } from './window-values.ts';

/** SUM and AVG, of doubles whatever the type is. */
export class SumOrAverage implements Accumulator {
  readonly #isAverage: boolean;
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;

  constructor(windows: number, isAverage: boolean) {
    this.#isAverage = isAverage;
    this.#sums = new Float64Array(windows);
    this.#counts = new Float64Array(windows);
  }

  add(window: number, { columns }: Rows, from: number, to: number): void {
    const column = columns[0]!;
    const count = countValues(column, from, to);
    if (count === 0) return;
    this.#sums[window] = addedUp(this.#sums[window]!, column.values, column.nulls, from, to);
    this.#counts[window]! += count;
  }

  addSummary(window: number, { count, sum = Number.NaN }: Summary): void {
    this.#sums[window]! += sum;
    this.#counts[window]! += count;
  }

  absorb(other: SumOrAverage): void {
    for (let window = 0; window < this.#sums.length; window++) {
      this.#sums[window]! += other.#sums[window]!;
      this.#counts[window]! += other.#counts[window]!;
    }
  }

  finish(): Column {
    const sums = this.#sums;
    const counts = this.#counts;
    const hasValue = new Uint8Array(counts.length);
    for (let i = 0; i < counts.length; i++) {
      if (counts[i]! > 0) hasValue[i] = 1;
      if (this.#isAverage) sums[i]! /= counts[i]!;
    }
    return columnOf(sums, hasValue);
  }
}

export type Moment = 'var_pop' | 'var_samp' | 'stddev_pop' | 'stddev_samp';

/** Variances and deviations, by Welford's method: a count, a mean and a sum of squared distances from it. */
export class Variance implements Accumulator {
  readonly #moment: Moment;
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;

  constructor(windows: number, moment: Moment) {
    this.#moment = moment;
    this.#counts = new Float64Array(windows);
    this.#means = new Float64Array(windows);
    this.#squares = new Float64Array(windows);
  }

  add(window: number, { columns }: Rows, from: number, to: number): void {
    const { values, nulls } = columns[0]!;
    let count = this.#counts[window]!;
    let mean = this.#means[window]!;
    let squares = this.#squares[window]!;
    for (let row = from; row < to; row++) {
      if (isNullAt(nulls, row)) continue;
      const value = Number(values[row]);
      const distance = value - mean;
      mean += distance / ++count;
      squares += distance * (value - mean);
    }
    this.#counts[window] = count;
    this.#means[window] = mean;
    this.#squares[window] = squares;
  }

  addSummary(): void {
    takesNoSummaries();
  }

  absorb(other: Variance): void {
    for (let window = 0; window < this.#counts.length; window++) {
      const count = this.#counts[window]!;
      const added = other.#counts[window]!;
      if (added === 0) continue;
      const distance = other.#means[window]! - this.#means[window]!;
      this.#counts[window] = count + added;
      this.#means[window]! += (distance * added) / (count + added);
      this.#squares[window]! += other.#squares[window]! + (distance * distance * count * added) / (count + added);
    }
  }

  finish(): Column {
    const isSample = this.#moment.endsWith('samp');
    const isDeviation = this.#moment.startsWith('stddev');
    const hasValue = Uint8Array.from(this.#counts, (count) => (count > (isSample ? 1 : 0) ? 1 : 0));
    for (let window = 0; window < hasValue.length; window++) {
      const variance = this.#squares[window]! / (this.#counts[window]! - (isSample ? 1 : 0));
      this.#squares[window] = isDeviation ? Math.sqrt(variance) : variance;
    }
    return columnOf(this.#squares, hasValue);
  }
}

/** A loop for each kind of array, so that each of them stays fast. */
function addedUp(start: number, values: ColumnValues, nulls: Nulls, from: number, to: number): number {
  if (nulls !== undefined) return addedUpPresent(start, values, nulls, from, to);
  if (values instanceof Float64Array) return addedUpDoubles(start, values, from, to);
  if (values instanceof BigInt64Array) return addedUpHalves(start, halvesOf(values), from, to);
  if (values instanceof Int32Array) return addedUpIntegers(start, values, from, to);
  return addedUpFloats(start, values as Float32Array, from, to);
}

function addedUpDoubles(start: number, values: Float64Array, from: number, to: number): number {
  let sum = start;
  for (let row = from; row < to; row++) sum += values[row]!;
  return sum;
}

function addedUpFloats(start: number, values: Float32Array, from: number, to: number): number {
  let sum = start;
  for (let row = from; row < to; row++) sum += values[row]!;
  return sum;
}

function addedUpIntegers(start: number, values: Int32Array, from: number, to: number): number {
  let sum = start;
  for (let row = from; row < to; row++) sum += values[row]!;
  return sum;
}

/** As pairs of 32 bits: reading bigints would make an object of each. */
function addedUpHalves(start: number, halves: Int32Array, from: number, to: number): number {
  let sum = start;
  for (let at = 2 * from; at < 2 * to; at += 2) sum += halves[at + 1]! * 0x1_0000_0000 + (halves[at]! >>> 0);
  return sum;
}

function addedUpPresent(start: number, values: ColumnValues, nulls: Nulls, from: number, to: number): number {
  const halves = values instanceof BigInt64Array ? halvesOf(values) : undefined;
  const numbers = values as Float64Array;
  let sum = start;
  for (let row = from; row < to; row++) {
    if (isNullAt(nulls, row)) continue;
    if (halves === undefined) sum += numbers[row]!;
    else sum = addedUpHalves(sum, halves, row, row + 1);
  }
  return sum;
}

function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}
