// What the core asks of the world. The host carries the effects of one input out in order, and reports back by inputs.

import type { Batch } from './batch.ts';
import type { Configuration } from './configuration.ts';
import type { Message, SnapshotPosition } from './messages.ts';
import type { HardState, Index, NodeId, Role, Term } from './types.ts';

/** Hand the message to the network. It may be lost. */
export interface SendEffect {
  readonly type: 'send';
  readonly message: Message;
}

/**
 * Write the batch to the log; everything from its first index on that is there already is superseded.
 * Report `Raft.appended(sequence)` once it, and every append before it, is durable.
 */
export interface AppendEffect {
  readonly type: 'append';
  readonly sequence: number;
  readonly batch: Batch;
}

/** Make term and vote durable, then report `Raft.hardStateSaved(sequence)`. What depends on it waits inside the core. */
export interface SaveHardStateEffect {
  readonly type: 'saveHardState';
  readonly sequence: number;
  readonly hardState: HardState;
}

/** Everything up to `index` is committed: apply it in order, then report `Raft.applied(index)`. */
export interface CommitEffect {
  readonly type: 'commit';
  readonly index: Index;
}

/**
 * A quorum has everything up to `index`, some of it only in memory: tell those who proposed it and asked to be told so early. It is not
 * committed: it can be lost if more members fail than the group bears, before it is. Only on a leader, of entries of its own term.
 */
export interface WeaklyAcceptedEffect {
  readonly type: 'weaklyAccepted';
  readonly index: Index;
}

/** A follower needs batches that are no longer in memory: read them from the log and report `Raft.logRead`. */
export interface ReadLogEffect {
  readonly type: 'readLog';
  readonly to: NodeId;
  readonly term: Term;
  readonly session: number;
  /** Start with the batch that contains this index. */
  readonly fromIndex: Index;
  readonly bytesMax: number;
}

/** A linearizable read may be served once `readIndex` is applied; `undefined`: refused, ask again. */
export interface ReadReadyEffect {
  readonly type: 'readReady';
  readonly requestId: number;
  readonly readIndex: Index | undefined;
}

/** Role, term or known leader changed. */
export interface RoleEffect {
  readonly type: 'role';
  readonly role: Role;
  readonly term: Term;
  readonly leader: NodeId | undefined;
}

/**
 * Cut the batch into as many fragments as there are receivers, any `needed` of which make it again, and send each receiver its own, in this
 * order. It passes it on to the others, and whoever has enough of them hands the batch in as an append of this leader's, in his session.
 */
export interface SendFragmentsEffect {
  readonly type: 'sendFragments';
  readonly term: Term;
  readonly commitIndex: Index;
  readonly batch: Batch;
  readonly receivers: readonly FragmentReceiver[];
  readonly needed: number;
}

export interface FragmentReceiver {
  readonly node: NodeId;
  /** Its replication session, as in `Append`. */
  readonly session: number;
}

/**
 * A follower needs entries that are compacted: offer it the latest snapshot and report `Raft.snapshotOffered`. Asked for
 * again from time to time while the follower does not get on; the offer of a snapshot that is on its way already is a reminder.
 */
export interface SendSnapshotEffect {
  readonly type: 'sendSnapshot';
  readonly to: NodeId;
  readonly term: Term;
  readonly session: number;
}

/**
 * A snapshot that is durable here takes the place of the whole log and of the state machine's state. Like an append: report
 * `Raft.appended(sequence)` once the log is durably reset, and `Raft.applied(snapshot.index)` once the state is restored.
 */
export interface InstallSnapshotEffect {
  readonly type: 'installSnapshot';
  readonly sequence: number;
  readonly snapshot: SnapshotPosition;
}

/** Who belongs to the group has changed, or has changed back: an entry was appended, truncated, or came with a snapshot. */
export interface ConfigurationEffect {
  readonly type: 'configuration';
  /** Of the entry that says so. It may not be committed yet. */
  readonly index: Index;
  readonly configuration: Configuration;
}

/**
 * A committed configuration does not contain this member any more, and it may be stopped. The group may have let it in again since,
 * which this member has not heard: what it holds may only be removed by somebody who knows better.
 */
export interface RemovedEffect {
  readonly type: 'removed';
  /** Committed; nothing up to here is of a configuration with this member any more. Told again if it turns out to have been removed later than that. */
  readonly index: Index;
}

/** Leadership was not handed over in time, and this member leads on. */
export interface TransferFailedEffect {
  readonly type: 'transferFailed';
  readonly to: NodeId;
}

/** The group begins to hibernate: it needs no ticks; or it is awake again. */
export interface HibernationEffect {
  readonly type: 'hibernation';
  readonly hibernates: boolean;
}

export type Effect =
  | SendEffect
  | AppendEffect
  | SaveHardStateEffect
  | CommitEffect
  | WeaklyAcceptedEffect
  | SendFragmentsEffect
  | ReadLogEffect
  | ReadReadyEffect
  | RoleEffect
  | SendSnapshotEffect
  | InstallSnapshotEffect
  | ConfigurationEffect
  | RemovedEffect
  | TransferFailedEffect
  | HibernationEffect;
