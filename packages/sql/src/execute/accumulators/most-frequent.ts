import type { Column, DataType } from '@balsa/wire';
import type { SourceValue } from '../../source/series-source.ts';
import type { MemoryBudget } from '../memory-budget.ts';
import type { Rows } from '../rows.ts';
import { isNullAt } from '../vector/nulls.ts';
import { type Accumulator, takesNoSummaries } from './accumulator.ts';
import { WindowValues } from './window-values.ts';

interface Occurrences {
  readonly value: SourceValue;
  count: number;
  firstMs: number;
}

/** An entry of a map and its object. */
const entryBytes = 128;

/** MODE: the value that occurs most often; of several, the one that occurred first. It remembers all that are different. */
export class MostFrequentValue implements Accumulator {
  readonly #dataType: DataType;
  readonly #budget: MemoryBudget;
  /** By value; a blob by its bytes as a text. */
  readonly #byWindow: Map<number | bigint | string, Occurrences>[];
  #bytes = 0;

  constructor(windows: number, dataType: DataType, budget: MemoryBudget) {
    this.#dataType = dataType;
    this.#budget = budget;
    this.#byWindow = Array.from({ length: windows }, () => new Map());
  }

  add(window: number, { times, columns }: Rows, from: number, to: number): void {
    const { values, nulls } = columns[0]!;
    for (let row = from; row < to; row++) {
      if (!isNullAt(nulls, row)) this.#note(window, values[row]!, 1, times[row]!);
    }
  }

  addSummary(): void {
    takesNoSummaries();
  }

  absorb(other: MostFrequentValue): void {
    for (const [window, known] of other.#byWindow.entries()) {
      for (const { value, count, firstMs } of known.values()) this.#note(window, value, count, firstMs);
    }
    other.#giveBack();
  }

  finish(): Column {
    const modes = new WindowValues(this.#dataType, this.#byWindow.length);
    for (const [window, known] of this.#byWindow.entries()) {
      let best: Occurrences | undefined;
      for (const occurrences of known.values()) {
        const { count, firstMs } = occurrences;
        if (best !== undefined && (count < best.count || (count === best.count && firstMs >= best.firstMs))) continue;
        best = occurrences;
      }
      if (best !== undefined) modes.set(window, best.value);
    }
    this.#giveBack();
    return modes.column();
  }

  #note(window: number, value: SourceValue, count: number, timeMs: number): void {
    const known = this.#byWindow[window]!;
    const key = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
    const occurrences = known.get(key);
    if (occurrences !== undefined) {
      occurrences.count += count;
      occurrences.firstMs = Math.min(occurrences.firstMs, timeMs);
      return;
    }
    const bytes = entryBytes + (typeof key === 'string' ? 2 * key.length : 0);
    this.#budget.take(bytes);
    this.#bytes += bytes;
    known.set(key, { value, count, firstMs: timeMs });
  }

  #giveBack(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }
}
