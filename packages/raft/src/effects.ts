// What the core asks of the world. The host carries the effects of one input out in order, and reports back by inputs.

import type { Batch } from './batch.ts';
import type { Message } from './messages.ts';
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

export type Effect =
  | SendEffect
  | AppendEffect
  | SaveHardStateEffect
  | CommitEffect
  | ReadLogEffect
  | ReadReadyEffect
  | RoleEffect;
