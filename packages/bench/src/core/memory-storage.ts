// A log, terms and votes that are durable the moment they are handed over, because nobody will ever start from them. They
// keep nothing: what followers and state machines still need is in the core's cache.

import { type Batch, BatchKind, type GroupId, type HardState, initialHardState } from '@balsa/raft';
import type {
  HardStateStore,
  LogStore,
  LogStoreEvents,
  LogUsage,
  RecoveredLog,
  SnapshotReader,
  SnapshotReceiver,
  SnapshotStore,
  SnapshotWriter,
} from '@balsa/replica';

const nothing: RecoveredLog = { base: { index: 0, term: 0 }, lastIndex: 0, termRuns: [], configurations: [] };

export class MemoryLog implements LogStore {
  readonly #events: LogStoreEvents;
  readonly #unreported = new Map<GroupId, number>();
  /** Batches of entries that were appended. */
  batches = 0;

  constructor(events: LogStoreEvents) {
    this.#events = events;
  }

  recovered(): RecoveredLog {
    return nothing;
  }

  append(group: GroupId, sequence: number, batch: Batch): void {
    if (batch.kind === BatchKind.entries) this.batches++;
    this.#report(group, sequence);
  }

  reset(group: GroupId, sequence: number): void {
    this.#report(group, sequence);
  }

  /**
   * After the input at hand, as a disk would at the soonest; the newest sequence speaks for those before it. Not for a
   * group of one: there a commit follows from this alone, and no turn of the event loop would ever end.
   */
  #report(group: GroupId, sequence: number): void {
    if (this.#unreported.size === 0) queueMicrotask(() => this.#deliver());
    this.#unreported.set(group, sequence);
  }

  #deliver(): void {
    const reports = [...this.#unreported];
    this.#unreported.clear();
    for (const [group, sequence] of reports) this.#events.onDurable(group, sequence);
  }

  async read(): Promise<Batch[]> {
    throw new Error('this log keeps nothing that could be read');
  }

  release(): void {}

  forget(): void {}

  usage(): LogUsage {
    return { bytes: 0, heldBy: [] };
  }

  async close(): Promise<void> {}
}

export class MemoryHardStates implements HardStateStore {
  readonly #states = new Map<GroupId, HardState>();

  current(group: GroupId): HardState {
    return this.#states.get(group) ?? initialHardState;
  }

  async save(group: GroupId, hardState: HardState): Promise<void> {
    this.#states.set(group, hardState);
  }

  async close(): Promise<void> {}
}

/** Snapshots are never due here, so none is ever asked for. */
export class NoSnapshots implements SnapshotStore {
  groups(): GroupId[] {
    return [];
  }

  latest(): undefined {
    return undefined;
  }

  create(): Promise<SnapshotWriter> {
    return Promise.reject(new Error('this store keeps no snapshots'));
  }

  open(): Promise<SnapshotReader | undefined> {
    return Promise.resolve(undefined);
  }

  receive(): Promise<SnapshotReceiver> {
    return Promise.reject(new Error('this store keeps no snapshots'));
  }

  async remove(): Promise<void> {}

  async close(): Promise<void> {}
}
