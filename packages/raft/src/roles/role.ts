// What every role can be asked. A role is an object that lives as long as the role does: a leader's progress, its term
// and its unanswered reads cannot outlive its leadership, because they are nowhere else.

import type { BatchHeader } from '../batch.ts';
import type { Message } from '../messages.ts';
import type { Index, NodeId, Role, Term } from '../types.ts';

/** The role that the member should take on; the facade makes the change, after the input at hand. */
export type Transition =
  | { readonly role: typeof Role.follower; readonly leader: NodeId | undefined }
  | { readonly role: typeof Role.preCandidate }
  | { readonly role: typeof Role.candidate }
  | { readonly role: typeof Role.leader };

export type ProposeResult =
  | { readonly accepted: true; readonly term: Term; readonly firstIndex: Index; readonly lastIndex: Index }
  | { readonly accepted: false; readonly reason: 'notLeader' | 'full'; readonly leader: NodeId | undefined };

export interface RoleBehaviour {
  readonly role: Role;
  tick(): Transition | undefined;
  /** A message of the current term. */
  step(message: Message): Transition | undefined;
  /** The disk confirmed appends: `log.durableIndex` may have moved. */
  durable(): void;
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
  /** The role ends: answer what waits. */
  leave(): void;
}
