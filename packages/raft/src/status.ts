// What a member can tell about itself, for reports and metrics. A copy: reading it changes nothing.

import type { ProgressState } from './progress.ts';
import type { Index, NodeId, Role, Term } from './types.ts';

/** What a leader knows of one follower. */
export interface FollowerStatus {
  readonly id: NodeId;
  readonly state: ProgressState;
  readonly matchIndex: Index;
  readonly nextIndex: Index;
  readonly inflightBytes: number;
  /** What the follower has applied, as its last heartbeat answer said; `undefined`: it has not answered, or does not tell. */
  readonly appliedIndex: Index | undefined;
}

export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: Term;
  readonly votedFor: NodeId | undefined;
  readonly leader: NodeId | undefined;
  readonly lastIndex: Index;
  readonly durableIndex: Index;
  readonly commitIndex: Index;
  readonly appliedIndex: Index;
  readonly uncommittedBytes: number;
  readonly cachedBytes: number;
  /** Empty unless this member leads. */
  readonly followers: readonly FollowerStatus[];
}
