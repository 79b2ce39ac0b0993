// Aggregations whose result is one of the values that they were given.

import type { Column, DataType } from '@balsa/wire';
import type { SourceValue, Summary } from '../../source/series-source.ts';
import type { Rows } from '../rows.ts';
import { firstValue, largest, lastValue, smallest } from '../vector/find-values.ts';
import { isNullAt } from '../vector/nulls.ts';
import { type Accumulator, takesNoSummaries } from './accumulator.ts';
import { WindowValues } from './window-values.ts';

/** MIN_VALUE and MAX_VALUE. */
export class ExtremeValue implements Accumulator {
  readonly #isMax: boolean;
  readonly #values: WindowValues;

  constructor(windows: number, dataType: DataType, isMax: boolean) {
    this.#isMax = isMax;
    this.#values = new WindowValues(dataType, windows);
  }

  add(window: number, { columns }: Rows, from: number, to: number): void {
    const column = columns[0]!;
    const row = this.#isMax ? largest(column, from, to) : smallest(column, from, to);
    if (row >= 0) this.#offer(window, column.values[row]!);
  }

  addSummary(window: number, { min, max }: Summary): void {
    const value = this.#isMax ? max : min;
    if (value !== undefined) this.#offer(window, value);
  }

  absorb(other: ExtremeValue): void {
    other.#values.each((window, value) => this.#offer(window, value));
  }

  finish(): Column {
    return this.#values.column();
  }

  #offer(window: number, value: SourceValue): void {
    const values = this.#values;
    if (values.hasValue[window] === 0 || isBeyond(value, values.get(window), this.#isMax)) values.set(window, value);
  }
}

/** EXTREME: the value that is furthest from zero; of two, the positive one. */
export class FurthestValue implements Accumulator {
  readonly #values: WindowValues;

  constructor(windows: number, dataType: DataType) {
    this.#values = new WindowValues(dataType, windows);
  }

  add(window: number, { columns }: Rows, from: number, to: number): void {
    const column = columns[0]!;
    for (const row of [smallest(column, from, to), largest(column, from, to)]) {
      if (row >= 0) this.#offer(window, column.values[row]!);
    }
  }

  addSummary(window: number, { min, max }: Summary): void {
    if (min !== undefined) this.#offer(window, min);
    if (max !== undefined) this.#offer(window, max);
  }

  absorb(other: FurthestValue): void {
    other.#values.each((window, value) => this.#offer(window, value));
  }

  finish(): Column {
    return this.#values.column();
  }

  #offer(window: number, value: SourceValue): void {
    const values = this.#values;
    if (values.hasValue[window] === 0) {
      values.set(window, value);
      return;
    }
    const distance = distanceOf(value);
    const known = distanceOf(values.get(window));
    if (distance > known || (distance === known && Number(value) > 0)) values.set(window, value);
  }
}

/** FIRST_VALUE and LAST_VALUE. Of several series with a value at that time, the one that comes first by path counts. */
export class EndValue implements Accumulator {
  readonly #isLast: boolean;
  readonly #values: WindowValues;
  readonly #times: Float64Array;

  constructor(windows: number, dataType: DataType, isLast: boolean) {
    this.#isLast = isLast;
    this.#values = new WindowValues(dataType, windows);
    this.#times = new Float64Array(windows);
  }

  add(window: number, { times, columns }: Rows, from: number, to: number): void {
    const column = columns[0]!;
    const row = this.#isLast ? lastValue(column, from, to) : firstValue(column, from, to);
    if (row >= 0) this.#offer(window, times[row]!, column.values[row]!);
  }

  addSummary(window: number, { startMs, endMs, first, last }: Summary): void {
    if (this.#isLast) this.#offer(window, endMs, last);
    else this.#offer(window, startMs, first);
  }

  absorb(other: EndValue): void {
    other.#values.each((window, value) => this.#offer(window, other.#times[window]!, value));
  }

  finish(): Column {
    return this.#values.column();
  }

  #offer(window: number, time: number, value: SourceValue): void {
    const known = this.#times[window]!;
    if (this.#values.hasValue[window] === 1 && (this.#isLast ? time <= known : time >= known)) return;
    this.#values.set(window, value);
    this.#times[window] = time;
  }
}

/** MAX_BY and MIN_BY: the first argument where the second is largest or smallest, for the first time. */
export class ValueByExtreme implements Accumulator {
  readonly #isMax: boolean;
  readonly #values: WindowValues;
  readonly #keys: WindowValues;
  readonly #times: Float64Array;

  constructor(windows: number, dataType: DataType, keyType: DataType, isMax: boolean) {
    this.#isMax = isMax;
    this.#values = new WindowValues(dataType, windows);
    this.#keys = new WindowValues(keyType, windows);
    this.#times = new Float64Array(windows);
  }

  add(window: number, { times, columns }: Rows, from: number, to: number): void {
    const [value, key] = columns as [Column, Column];
    const row = this.#isMax ? largest(key, from, to) : smallest(key, from, to);
    if (row < 0) return;
    this.#offer(window, times[row]!, key.values[row]!, isNullAt(value.nulls, row) ? undefined : value.values[row]!);
  }

  addSummary(): void {
    takesNoSummaries();
  }

  absorb(other: ValueByExtreme): void {
    other.#keys.each((window, key) => {
      const value = other.#values.hasValue[window] === 1 ? other.#values.get(window) : undefined;
      this.#offer(window, other.#times[window]!, key, value);
    });
  }

  finish(): Column {
    return this.#values.column();
  }

  #offer(window: number, time: number, key: SourceValue, value: SourceValue | undefined): void {
    if (this.#keys.hasValue[window] === 1) {
      const known = this.#keys.get(window);
      const isEarlier = key === known && time < this.#times[window]!;
      if (!isEarlier && !isBeyond(key, known, this.#isMax)) return;
    }
    this.#keys.set(window, key);
    this.#times[window] = time;
    if (value === undefined) this.#values.clear(window);
    else this.#values.set(window, value);
  }
}

function isBeyond(value: SourceValue, known: SourceValue, isMax: boolean): boolean {
  return isMax ? value > known : value < known;
}

function distanceOf(value: SourceValue): number | bigint {
  if (typeof value === 'bigint') return value < 0n ? -value : value;
  return Math.abs(Number(value));
}
