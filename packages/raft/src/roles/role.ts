// What every role can be asked. A role is an object that lives as long as the role does: a leader's progress, its term
// and its unanswered reads cannot outlive its leadership, because they are nowhere else.

import type { BatchHeader } from '../batch.ts';
import type { Message } from '../messages.ts';
import type { Index, NodeId, Role, Term } from '../types.ts';

/** The role that the member should take on; the facade makes the change, after the input at hand. */
export type Transition =
  | { readonly role: typeof Role.follower; readonly leader: NodeId | undefined }
  | { readonly role: typeof Role.preCandidate }
  /** `transfer`: the leader asked for it. */
  | { readonly role: typeof Role.candidate; readonly transfer: boolean }
  | { readonly role: typeof Role.leader };

export type ProposeResult =
  | { readonly accepted: true; readonly term: Term; readonly firstIndex: Index; readonly lastIndex: Index }
  | {
      readonly accepted: false;
      readonly reason: 'notLeader' | 'full' | 'transferring';
      readonly leader: NodeId | undefined;
    };

/** Why the members cannot be changed as asked, or not now. */
export type ReconfigureRefusal =
  | 'notLeader'
  /** A leader that has committed nothing of its own does not know yet which configuration is committed (Ongaro's correction of 2015). */
  | 'notReady'
  /** One change at a time. */
  | 'changeInProgress'
  | 'transferring'
  | 'invalid'
  /** A new voter has to be a learner first, until it has caught up. */
  | 'notCaughtUp'
  /** Of the voters asked for, no quorum is within reach. */
  | 'quorumOutOfReach';

export type ReconfigureResult =
  /** `index`: of the first entry on the way; 0 if there is nothing to change. */
  | { readonly accepted: true; readonly index: Index }
  | { readonly accepted: false; readonly reason: ReconfigureRefusal; readonly detail: string };

export type TransferResult =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly reason: 'notLeader' | 'transferring' | 'notVoter' | 'outOfReach' };

/** Whatever anybody had committed at `asOfMs`, on the clock of `observeTime`, lies no further than `commitIndex`. */
export interface Freshness {
  readonly commitIndex: Index;
  readonly asOfMs: number;
}

export interface RoleBehaviour {
  readonly role: Role;
  /** The group is idle, by agreement with the others: it needs no ticks. */
  readonly hibernates: boolean;
  tick(): Transition | undefined;
  /** A message of the current term. */
  step(message: Message): Transition | undefined;
  /** The disk confirmed appends: `log.durableIndex` may have moved. */
  durable(): Transition | undefined;
  /** The disk confirmed term and vote. */
  hardStateSaved(sequence: number): Transition | undefined;
  peerUp(peer: NodeId): void;
  peerDown(peer: NodeId): void;
  /** Does this member hear from a live leader, so that it must not help to depose it? */
  hearsLeader(): boolean;
  /** This member refused a pre-vote to `rival`. */
  rivalRefused(rival: NodeId): void;
  propose(count: number, payloadBytes: number, seal: (header: BatchHeader) => Uint8Array): ProposeResult;
  readIndex(requestId: number): void;
  /** What this member knows of how far the group has come; `undefined`: nothing that could be relied on. */
  freshness(): Freshness | undefined;
  /** Somebody wants the group. */
  wake(): void;
  /** The role ends: answer what waits. */
  leave(): void;
}
