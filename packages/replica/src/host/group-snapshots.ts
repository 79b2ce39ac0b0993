// One group's snapshots: when one is taken, how it is written while commands go on being applied, and what of the log can go
// afterwards.

import type { GroupId, Raft } from '@balsa/raft';
import { ReplicaError, reasonOf } from '../errors.ts';
import type { Clock, LogStore, SnapshotStore, StoredSnapshot } from '../ports.ts';
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import type { Applier } from './applier.ts';
import type { CompactionPlan } from './compaction-plan.ts';

export interface GroupSnapshotsPorts {
  readonly group: GroupId;
  readonly raft: Raft;
  readonly applier: Applier;
  readonly plan: CompactionPlan;
  readonly store: SnapshotStore;
  readonly log: LogStore;
  readonly clock: Clock;
  /** Snapshots that may be written at one time, of all groups of the host. */
  readonly slots: SnapshotSlots;
  readonly tap: StatisticsTap;
  /** A snapshot could not be written: the log is kept, and it is tried again later. */
  readonly onFailure: (error: unknown) => void;
}

/** Bounds how many groups write a snapshot at one time. */
export class SnapshotSlots {
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  take(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  release(): void {
    this.#free++;
  }
}

const retryMs = 10_000;

export class GroupSnapshots {
  readonly #ports: GroupSnapshotsPorts;
  #writing: Promise<StoredSnapshot | undefined> | undefined;
  #retryAtMs = 0;
  /** Of a snapshot whose file turned out to be damaged: one of the same index may take its place. */
  #damagedId: number | undefined;
  #stopped = false;

  constructor(ports: GroupSnapshotsPorts) {
    this.#ports = ports;
  }

  /** Takes a snapshot if one is due, and lets go of log that nobody needs any more. */
  tick(): void {
    const { plan, clock, slots } = this.#ports;
    const nowMs = clock.nowMs();
    this.#compact(true);
    if (this.#writing !== undefined || nowMs < this.#retryAtMs || !plan.wantsSnapshot(nowMs)) return;
    if (slots.take()) this.#beginInSlot();
  }

  /** As `tick`, but a snapshot is due if there is anything to put into it, and no tail of the log is kept. */
  compactFully(): void {
    const { raft, store, group, slots } = this.#ports;
    const isDue = raft.status().appliedIndex > (store.latest(group)?.index ?? 0);
    if (!isDue) this.#compact(false);
    else if (this.#writing === undefined && slots.take()) this.#beginInSlot();
  }

  /** The file of the latest snapshot is damaged: another takes its place, or a member that needs one would never get it. */
  replaceDamaged(): void {
    const { store, group, slots } = this.#ports;
    this.#damagedId = store.latest(group)?.id;
    if (this.#writing === undefined && slots.take()) this.#beginInSlot();
  }

  /**
   * Takes a snapshot now; the latest, if that holds everything already.
   * @throws ReplicaError SNAPSHOT_FAILED: it could not be written.
   */
  async take(): Promise<StoredSnapshot | undefined> {
    await this.#writing?.catch(() => {});
    return this.#begin();
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#writing?.catch(() => {});
  }

  #beginInSlot(): void {
    const { clock, slots, onFailure } = this.#ports;
    this.#begin()
      .catch((error: unknown) => {
        this.#retryAtMs = clock.nowMs() + retryMs;
        if (!this.#stopped) onFailure(error);
      })
      .finally(() => slots.release());
  }

  #begin(): Promise<StoredSnapshot | undefined> {
    this.#writing ??= this.#write()
      .catch((error: unknown) => {
        this.#ports.tap.collector?.snapshots.failed();
        throw snapshotFailed(this.#ports.group, error);
      })
      .finally(() => {
        this.#writing = undefined;
      });
    return this.#writing;
  }

  async #write(): Promise<StoredSnapshot | undefined> {
    const { group, raft, applier, store, plan, tap } = this.#ports;
    const latest = store.latest(group);
    // A newcomer that replays the log from its beginning is told later who belongs to the group, and a snapshot must say so.
    if (raft.configurationAt(applier.appliedIndex).voters.length === 0) return latest;
    const captured = applier.capture();
    const term = captured && raft.termAt(captured.index);
    if (captured === undefined || term === undefined) return latest;
    const { index, chunks } = captured;
    if (index <= (latest?.index ?? 0) && latest?.id !== this.#damagedId) return latest;
    const beganMs = tap.collector?.nowMs();
    const writer = await store.create(group, { index, term, configuration: raft.configurationAt(index) });
    try {
      for await (const chunk of chunks) {
        if (this.#stopped) break;
        await writer.write(chunk);
      }
      if (this.#stopped) return undefined;
      const stored = await writer.finish();
      if (beganMs !== undefined) tap.collector?.snapshots.taken(stored.bytes, beganMs);
      // Another node's, with more in it, may have come meanwhile; then this one is not the latest, and counts for nothing.
      if (store.latest(group)?.id === stored.id) plan.snapshotTaken(stored.index, stored.bytes);
      this.#compact(true);
      return stored;
    } catch (error) {
      if (captured.isReplaced()) return store.latest(group);
      throw error;
    } finally {
      await writer.abort();
    }
  }

  #compact(keepsTail: boolean): void {
    const { group, raft, plan, log, clock } = this.#ports;
    if (this.#stopped) return;
    const status = raft.status();
    const index = Math.min(plan.compactableIndex(status, keepsTail, clock.nowMs()), status.durableIndex);
    if (index <= status.baseIndex) return;
    raft.compact(index);
    plan.compacted(index);
    log.release(group, index + 1);
  }
}

function snapshotFailed(group: GroupId, error: unknown): ReplicaError {
  const reason = reasonOf(error);
  const message = `group ${group}: a snapshot could not be written: ${reason}`;
  return new ReplicaError('SNAPSHOT_FAILED', message, { cause: error });
}
