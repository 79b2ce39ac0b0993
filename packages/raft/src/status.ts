// What a member can tell about itself, for reports and metrics. A copy: reading it changes nothing.

import type { Configuration } from './configuration.ts';
import type { ProgressState } from './progress.ts';
import type { Index, NodeId, Role, Term } from './types.ts';

/** What a leader knows of one follower. */
export interface FollowerStatus {
  readonly id: NodeId;
  readonly state: ProgressState;
  readonly matchIndex: Index;
  readonly nextIndex: Index;
  readonly inflightBytes: number;
  /** Through whom it was last sent entries; `undefined`: by the leader itself. */
  readonly relay: NodeId | undefined;
  /** It was last sent a fragment, and gets the others from those whose they are. */
  readonly takesFragments: boolean;
  /** Holds about everything that was committed a heartbeat ago, and is in contact. */
  readonly isCaughtUp: boolean;
  /** The follower was offered the snapshot that ends here, and has not shown yet that it has it. */
  readonly snapshotIndex: Index | undefined;
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
  /** Of the entry at `lastIndex`; 0: there is none. */
  readonly lastTerm: Term;
  readonly durableIndex: Index;
  readonly commitIndex: Index;
  /** Of the entry at `commitIndex`; 0: there is none. */
  readonly commitTerm: Term;
  readonly appliedIndex: Index;
  /** The log begins behind this entry: what lies before is only in a snapshot. */
  readonly baseIndex: Index;
  /** The newest, committed or not. */
  readonly configuration: Configuration;
  readonly configurationIndex: Index;
  /** Up to here no follower that is getting on needs the entries. */
  readonly compactableIndex: Index;
  readonly hibernates: boolean;
  /** To whom this leader is handing over. */
  readonly transferringTo: NodeId | undefined;
  readonly uncommittedBytes: number;
  /** How far this leader has told that entries are weakly accepted; 0: nothing of its term yet, or it does not lead. */
  readonly weaklyAcceptedIndex: Index;
  readonly cachedBytes: number;
  /** What a follower keeps of what came ahead of a gap. */
  readonly windowBytes: number;
  /** Empty unless this member leads. */
  readonly followers: readonly FollowerStatus[];
}
