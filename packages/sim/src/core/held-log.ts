// What a log stands for. A log that was compacted holds its beginning no more, but a snapshot does; for those who judge, all of
// it is here, and the log itself begins behind the base.

import {
  type Batch,
  BatchKind,
  type Configuration,
  type Index,
  type LogPosition,
  lastIndexOf,
  logStart,
  type Term,
} from '@balsa/raft';
import type { Snapshot } from './snapshot.ts';

interface KnownConfiguration {
  readonly index: Index;
  readonly configuration: Configuration;
}

export class HeldLog {
  /** Before the first entry. */
  readonly #initial: Configuration;
  /** From the very first on. */
  #batches: Batch[] = [];
  /** How many of them the log does not hold any more. */
  #compacted = 0;
  /** Those that its entries tell, and the one that a snapshot told. Ascending. */
  #configurations: KnownConfiguration[] = [];

  constructor(initial: Configuration) {
    this.#initial = initial;
  }

  clear(): void {
    this.#batches = [];
    this.#compacted = 0;
    this.#configurations = [];
  }

  get batches(): readonly Batch[] {
    return this.#batches;
  }

  /** The entry before the first that the log holds. */
  get base(): LogPosition {
    return this.#endOf(this.#compacted);
  }

  /** How many batches the log holds. */
  get size(): number {
    return this.#batches.length - this.#compacted;
  }

  get lastIndex(): Index {
    return this.#endOf(this.#batches.length).index;
  }

  /** The newest. */
  get configuration(): Configuration {
    return this.#configurations.at(-1)?.configuration ?? this.#initial;
  }

  /** Index of the entry that says so; 0: none does. */
  get configurationIndex(): Index {
    return this.#configurations.at(-1)?.index ?? 0;
  }

  configurationAt(index: Index): Configuration {
    return this.#configurations.findLast((known) => known.index <= index)?.configuration ?? this.#initial;
  }

  /** As a new process finds it: runs of equal terms behind the base. */
  termRuns(): [Index, Term][] {
    const runs: [Index, Term][] = [];
    for (const { firstIndex, term } of this.#batches.slice(this.#compacted)) {
      if (runs.at(-1)?.[1] !== term) runs.push([firstIndex, term]);
    }
    return runs;
  }

  /** As a new process finds it: the configuration in force at the base, then those behind it. Nothing, if there never was any. */
  configurations(): [Index, Configuration][] {
    const { index: base } = this.base;
    const atBase = this.configurationAt(base);
    const later = this.#configurations.filter(({ index }) => index > base);
    if (later.length === 0 && atBase.voters.length === 0) return [];
    return [[base, atBase], ...later.map(({ index, configuration }): [Index, Configuration] => [index, configuration])];
  }

  /** Does the log have this entry, or did it, before it was compacted? */
  has({ index, term }: LogPosition): boolean {
    const batch = this.#batches[this.positionOf(index)];
    return batch !== undefined && batch.term === term && batch.firstIndex <= index;
  }

  /** Position of the batch that holds `index`, or of the first after it; the number of batches if there is none. */
  positionOf(index: Index): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lastIndexOf(this.#batches[middle]!) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The end of the last batch that ends at `index` or before. */
  batchEndUpTo(index: Index): Index {
    return this.#endOf(this.positionOf(index + 1)).index;
  }

  /** Batches from the one that holds `index` on, at least one, up to `bytesMax`. Nothing if that one is compacted. */
  read(index: Index, bytesMax: number): Batch[] {
    const found: Batch[] = [];
    const first = this.positionOf(index);
    if (first < this.#compacted) return found;
    let bytes = 0;
    for (const batch of this.#batches.slice(first)) {
      bytes += batch.bytes.length;
      if (found.length > 0 && bytes > bytesMax) break;
      found.push(batch);
    }
    return found;
  }

  /** Takes the place of everything from its first index on. */
  append(batch: Batch): void {
    if (batch.firstIndex <= this.lastIndex) this.truncateTo(this.positionOf(batch.firstIndex));
    this.#batches.push(batch);
    if (batch.kind === BatchKind.configuration) {
      this.#configurations.push({ index: batch.firstIndex, configuration: batch.configuration! });
    }
  }

  /** Keeps the first so many batches. */
  truncateTo(count: number): void {
    if (count < this.#compacted) throw new Error(`a log that begins behind ${this.base.index} is cut before it`);
    this.#batches.length = Math.min(count, this.#batches.length);
    const { lastIndex } = this;
    while (this.configurationIndex > lastIndex) this.#configurations.pop();
  }

  /** The log goes on behind the snapshot, and holds nothing. */
  resetTo({ position, batches }: Snapshot): void {
    this.#batches = [...batches];
    this.#compacted = batches.length;
    this.#configurations = [{ index: position.index, configuration: position.configuration }];
  }

  /** Forgets what lies up to `index`, which ends a batch. */
  compactTo(index: Index): void {
    const compacted = this.positionOf(index) + 1;
    if (this.#endOf(compacted).index !== index) throw new Error(`the log is cut within a batch, at ${index}`);
    this.#compacted = Math.max(this.#compacted, compacted);
  }

  copyOf(other: HeldLog): void {
    this.#batches = [...other.#batches];
    this.#compacted = other.#compacted;
    this.#configurations = [...other.#configurations];
  }

  /** The last entry of the first so many batches. */
  #endOf(count: number): LogPosition {
    const last = this.#batches[count - 1];
    return last === undefined ? logStart : { index: lastIndexOf(last), term: last.term };
  }
}
