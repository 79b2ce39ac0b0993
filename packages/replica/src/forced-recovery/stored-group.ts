// What a stopped node's folder holds of a group, as its next start would find it.

import type { Configuration, GroupId, Index, NodeId, RecoveredState, Term } from '@balsa/raft';
import { recoveredState } from '../host/recovered-state.ts';
import type { HardStateStore, LogStore, SnapshotStore } from '../ports.ts';

export interface StoredGroup {
  readonly group: GroupId;
  /** The newest that the node knows of: not below that of its last entry. */
  readonly term: Term;
  readonly votedFor: NodeId | undefined;
  /** The disk lost entries that the node may have acknowledged, and nobody has made up for it (see `HardState.incident`). */
  readonly lostEntries: boolean;
  /** By (lastTerm, lastIndex) the logs of survivors are compared: the higher term is newer, among equals the higher index. */
  readonly lastTerm: Term;
  readonly lastIndex: Index;
  /** Everything up to here was committed and applied; how far it had come since is not kept on the disk. */
  readonly appliedIndexMin: Index;
  /** The newest, committed or not. `undefined`: still the one that the group was started with, which the disk does not hold. */
  readonly configuration: Configuration | undefined;
}

export interface GroupStores {
  readonly log: Pick<LogStore, 'recovered'>;
  readonly hardStates: HardStateStore;
  readonly snapshots: Pick<SnapshotStore, 'latest'>;
}

/** @throws ReplicaError LOG_DAMAGED: entries between snapshot and log are lost. */
export function storedGroup(
  group: GroupId,
  stores: GroupStores,
): { readonly stored: StoredGroup; readonly resetsLog: boolean } {
  const { state, resetsLog } = recoveredState({ group, members: [] }, stores, stores.snapshots.latest(group));
  const { hardState, lastIndex, appliedIndex, configurations } = state;
  const lastTerm = lastTermOf(state);
  const stored = {
    group,
    term: Math.max(hardState.term, lastTerm),
    votedFor: hardState.term < lastTerm ? undefined : hardState.votedFor,
    lostEntries: hardState.incident !== 0,
    lastTerm,
    lastIndex,
    appliedIndexMin: appliedIndex,
    configuration: configurations.at(-1)?.[1],
  };
  return { stored, resetsLog };
}

function lastTermOf({ termRuns, base }: Pick<RecoveredState, 'termRuns' | 'base'>): Term {
  return termRuns.at(-1)?.[1] ?? base.term;
}
