import type { Column } from '@balsa/wire';
import type { Summary } from '../../source/series-source.ts';
import type { Rows } from '../rows.ts';
import { countValues } from '../vector/find-values.ts';
import { isNullAt } from '../vector/nulls.ts';
import { type Accumulator, takesNoSummaries } from './accumulator.ts';

/** COUNT: values. */
export class ValueCount implements Accumulator {
  readonly #counts: Float64Array;

  constructor(windows: number) {
    this.#counts = new Float64Array(windows);
  }

  add(window: number, { columns }: Rows, from: number, to: number): void {
    this.#counts[window]! += countValues(columns[0]!, from, to);
  }

  addSummary(window: number, { count }: Summary): void {
    this.#counts[window]! += count;
  }

  absorb(other: ValueCount): void {
    for (let window = 0; window < this.#counts.length; window++) this.#counts[window]! += other.#counts[window]!;
  }

  finish(): Column {
    return { values: BigInt64Array.from(this.#counts, BigInt) };
  }
}

/** COUNT_TIME: rows in which one of the arguments has a value. */
export class RowCount implements Accumulator {
  readonly #counts: Float64Array;

  constructor(windows: number) {
    this.#counts = new Float64Array(windows);
  }

  add(window: number, { columns }: Rows, from: number, to: number): void {
    let count = 0;
    for (let row = from; row < to; row++) {
      if (columns.some(({ nulls }) => !isNullAt(nulls, row))) count++;
    }
    this.#counts[window]! += count;
  }

  addSummary(): void {
    takesNoSummaries();
  }

  absorb(other: RowCount): void {
    for (let window = 0; window < this.#counts.length; window++) this.#counts[window]! += other.#counts[window]!;
  }

  finish(): Column {
    return { values: BigInt64Array.from(this.#counts, BigInt) };
  }
}

export interface RunSettings {
  /** Whether a run of this length counts. */
  readonly counts: (length: number) => boolean;
  /** Whether a row without a value leaves a run as it is; otherwise it ends it. */
  readonly ignoresNull: boolean;
}

/** COUNT_IF: runs of rows in which the argument holds. */
export class RunCount implements Accumulator {
  readonly #settings: RunSettings;
  readonly #counts: Float64Array;
  readonly #lengths: Float64Array;

  constructor(windows: number, settings: RunSettings) {
    this.#settings = settings;
    this.#counts = new Float64Array(windows);
    this.#lengths = new Float64Array(windows);
  }

  add(window: number, { columns }: Rows, from: number, to: number): void {
    const { values, nulls } = columns[0]!;
    for (let row = from; row < to; row++) {
      if (isNullAt(nulls, row)) {
        if (!this.#settings.ignoresNull) this.#endRun(window);
      } else if (values[row] === 1) {
        this.#lengths[window]!++;
      } else {
        this.#endRun(window);
      }
    }
  }

  addSummary(): void {
    takesNoSummaries();
  }

  absorb(other: RunCount): void {
    this.#endRuns();
    other.#endRuns();
    for (let window = 0; window < this.#counts.length; window++) this.#counts[window]! += other.#counts[window]!;
  }

  finish(): Column {
    this.#endRuns();
    return { values: BigInt64Array.from(this.#counts, BigInt) };
  }

  #endRun(window: number): void {
    const length = this.#lengths[window]!;
    if (length > 0 && this.#settings.counts(length)) this.#counts[window]!++;
    this.#lengths[window] = 0;
  }

  #endRuns(): void {
    for (let window = 0; window < this.#counts.length; window++) this.#endRun(window);
  }
}
