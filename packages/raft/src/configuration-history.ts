// The configurations that the log holds, and the one before them, so that a truncated change can be taken back and a
// snapshot can say who belonged to the group at its index.

import { assert } from './assert.ts';
import { type Configuration, noConfiguration } from './configuration.ts';
import type { Index } from './types.ts';

export class ConfigurationHistory {
  /** Ascending; the first is in force where the log begins. Never empty. */
  #entries: { readonly index: Index; readonly configuration: Configuration }[];

  /** `entries`: of the log; the one in force at `beginIndex`, where the state machine stands, is among them if there is one. */
  constructor(entries: readonly (readonly [Index, Configuration])[], beginIndex: Index) {
    this.#entries = entries.map(([index, configuration]) => ({ index, configuration }));
    // A newcomer knows nobody but by its log, and what the log says may be truncated.
    const isTold = this.#entries.length > 0 && this.#entries[0]!.index <= beginIndex;
    if (!isTold) this.#entries.unshift({ index: 0, configuration: noConfiguration });
  }

  /** The newest, which counts whether it is committed or not. */
  get current(): Configuration {
    return this.#entries.at(-1)!.configuration;
  }

  /** Index of the entry that says so. */
  get currentIndex(): Index {
    return this.#entries.at(-1)!.index;
  }

  /** The one in force at `index`, and the index of its entry. Known from where the log begins. */
  at(index: Index): { readonly index: Index; readonly configuration: Configuration } {
    return this.#entries.findLast((entry) => entry.index <= index) ?? this.#entries[0]!;
  }

  /** The one in force at `index`, and all that follow. */
  since(index: Index): Configuration[] {
    const first = this.at(index).index;
    return this.#entries.filter((entry) => entry.index >= first).map(({ configuration }) => configuration);
  }

  append(index: Index, configuration: Configuration): void {
    assert(index > this.currentIndex, 'configurations ascend');
    this.#entries.push({ index, configuration });
  }

  /** Entries from `index` on are gone. True if that changes who belongs to the group. */
  truncateFrom(index: Index): boolean {
    const before = this.#entries.length;
    while (this.#entries.length > 1 && this.currentIndex >= index) this.#entries.pop();
    return this.#entries.length < before;
  }

  /** The log begins behind `index` from now on. */
  compactTo(index: Index): void {
    while (this.#entries.length > 1 && this.#entries[1]!.index <= index) this.#entries.shift();
  }

  /** A snapshot took the place of the log. */
  resetTo(index: Index, configuration: Configuration): void {
    this.#entries = [{ index, configuration }];
  }
}
