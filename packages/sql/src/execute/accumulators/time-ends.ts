import type { Column } from '@balsa/wire';
import type { Summary } from '../../source/series-source.ts';
import type { Rows } from '../rows.ts';
import { firstValue, lastValue } from '../vector/find-values.ts';
import type { Accumulator } from './accumulator.ts';
import { columnOf } from './window-values.ts';

export type TimeFact = 'min_time' | 'max_time' | 'time_duration';

/** MIN_TIME, MAX_TIME, TIME_DURATION: of rows with a value. */
export class TimeEnds implements Accumulator {
  readonly #fact: TimeFact;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;

  constructor(windows: number, fact: TimeFact) {
    this.#fact = fact;
    this.#starts = new Float64Array(windows).fill(Number.POSITIVE_INFINITY);
    this.#ends = new Float64Array(windows).fill(Number.NEGATIVE_INFINITY);
  }

  add(window: number, { times, columns }: Rows, from: number, to: number): void {
    const first = firstValue(columns[0]!, from, to);
    if (first >= 0) this.#offer(window, times[first]!, times[lastValue(columns[0]!, from, to)]!);
  }

  addSummary(window: number, { startMs, endMs }: Summary): void {
    this.#offer(window, startMs, endMs);
  }

  absorb(other: TimeEnds): void {
    for (let window = 0; window < this.#starts.length; window++) {
      this.#offer(window, other.#starts[window]!, other.#ends[window]!);
    }
  }

  finish(): Column {
    const windows = this.#starts.length;
    const hasValue = new Uint8Array(windows);
    const values = new BigInt64Array(windows);
    for (let window = 0; window < windows; window++) {
      const start = this.#starts[window]!;
      const end = this.#ends[window]!;
      if (start > end) continue;
      hasValue[window] = 1;
      if (this.#fact === 'time_duration') values[window] = BigInt(end) - BigInt(start);
      else values[window] = BigInt(this.#fact === 'min_time' ? start : end);
    }
    return columnOf(values, hasValue);
  }

  #offer(window: number, start: number, end: number): void {
    this.#starts[window] = Math.min(this.#starts[window]!, start);
    this.#ends[window] = Math.max(this.#ends[window]!, end);
  }
}
