// The ports to the disk, as a node's host sees them, with somebody looking on: every append and save is told before it goes
// on, every confirmation before the host hears of it.

import type { Batch, GroupId } from '@balsa/raft';
import type { HardStateStore, LogStore, LogStoreEvents } from '@balsa/replica';
import type { ObservedGroup } from './observed-group.ts';

export interface StorageWatch {
  readonly groupOf: (group: GroupId) => ObservedGroup;
  /** Runs `act`, unless the process dies before. */
  readonly attempt: (moment: 'append' | 'save', act: () => void) => void;
  readonly isAlive: () => boolean;
  /** Another configuration is about to be appended. */
  readonly configurationAppended: (group: GroupId, batch: Batch) => void;
  /** The batch is in the log now, if only in memory. */
  readonly appended: (group: GroupId, batch: Batch) => void;
}

export function watchLogEvents(events: LogStoreEvents, { groupOf, isAlive }: StorageWatch): LogStoreEvents {
  return {
    onDurable: (group, sequence) => {
      if (!isAlive()) return;
      groupOf(group).appendsConfirmed(sequence);
      events.onDurable(group, sequence);
    },
    onFailure: (error) => {
      if (isAlive()) events.onFailure(error);
    },
  };
}

export function watchLog(log: LogStore, { groupOf, attempt, configurationAppended, appended }: StorageWatch): LogStore {
  return {
    recovered: (group) => log.recovered(group),
    append: (group, sequence, batch) =>
      attempt('append', () => {
        if (batch.configuration !== undefined) configurationAppended(group, batch);
        groupOf(group).appended(sequence, batch);
        appended(group, batch);
        log.append(group, sequence, batch);
      }),
    reset: (group, sequence, base) =>
      attempt('append', () => {
        groupOf(group).reset(sequence, base);
        // Who has a snapshot has what it stands for.
        for (const batch of groupOf(group).visible) appended(group, batch);
        log.reset(group, sequence, base);
      }),
    read: (group, fromIndex, bytesMax) => log.read(group, fromIndex, bytesMax),
    release: (group, index) => log.release(group, index),
    forget: (group) => {
      groupOf(group).forgotten();
      log.forget(group);
    },
    usage: () => log.usage(),
    close: () => log.close(),
  };
}

export function watchHardStates(store: HardStateStore, { groupOf, attempt }: StorageWatch): HardStateStore {
  return {
    current: (group) => store.current(group),
    save: (group, hardState) =>
      new Promise((resolve, reject) => {
        attempt('save', () => {
          groupOf(group).saving(hardState);
          store.save(group, hardState).then(() => {
            groupOf(group).saved(hardState);
            resolve();
          }, reject);
        });
      }),
    close: () => store.close(),
  };
}

/** Everything that a log holds of a group. */
export async function readAll(log: LogStore, group: GroupId): Promise<Batch[]> {
  return log.read(group, log.recovered(group).base.index + 1, Number.MAX_SAFE_INTEGER);
}
