// What the suites of a log store share: a store that is open, what it has told, and ways to look at it.

import { deepEqual } from 'node:assert/strict';
import type { Batch, GroupId, Index, Term } from '@balsa/raft';
import { comparable } from '../conformance/comparable.ts';
import type { LogPosition, LogStore, LogStoreEvents, RecoveredLog } from '../ports.ts';
import { createBatch, RecordedEvents } from './log-testing.ts';

export interface LogStoreHarness {
  /** Opens the store of this harness, for the first time or again. The one before is closed. */
  open(events: LogStoreEvents): Promise<LogStore>;
  dispose(): Promise<void>;
}

export const beginning: LogPosition = { index: 0, term: 0 };

/** Of a log that begins at the beginning. */
export function found(lastIndex: Index, termRuns: RecoveredLog['termRuns']): RecoveredLog {
  return { base: beginning, lastIndex, termRuns, configurations: [] };
}

/** Of a group that begins anew behind `base`. */
export function emptyBehind(base: LogPosition): RecoveredLog {
  return { base, lastIndex: base.index, termRuns: [], configurations: [] };
}

/** Equal in every field, and byte for byte. */
export function expectSame(actual: readonly Batch[], expected: readonly Batch[]): void {
  deepEqual(comparable(actual), comparable(expected));
}

export class LogStoreTrial {
  readonly #harness: LogStoreHarness;
  #events = new RecordedEvents();
  #store: LogStore;

  static async start(harness: LogStoreHarness): Promise<LogStoreTrial> {
    const events = new RecordedEvents();
    return new LogStoreTrial(harness, events, await harness.open(events));
  }

  private constructor(harness: LogStoreHarness, events: RecordedEvents, store: LogStore) {
    this.#harness = harness;
    this.#events = events;
    this.#store = store;
  }

  get store(): LogStore {
    return this.#store;
  }

  get events(): RecordedEvents {
    return this.#events;
  }

  async reopen(): Promise<void> {
    await this.#store.close();
    this.#events = new RecordedEvents();
    this.#store = await this.#harness.open(this.#events);
  }

  async end(): Promise<void> {
    await this.#store.close();
    await this.#harness.dispose();
  }

  /** Of the batches of group 1 that are read from there on. */
  async firstIndexes(fromIndex: Index): Promise<Index[]> {
    return (await this.#store.read(1, fromIndex, 1_000_000)).map(({ firstIndex }) => firstIndex);
  }

  /** Appends entries of 3 KB, which become durable. */
  async fill(group: GroupId, from: Index, to: Index, term: Term = 1): Promise<void> {
    for (let i = from; i <= to; i++) {
      const prevTerm = i === 1 ? 0 : i === from ? 1 : term;
      this.#store.append(group, i, createBatch({ group, firstIndex: i, term, prevTerm, payloadBytes: 3000 }));
    }
    await this.#events.reached(group, to);
  }
}
