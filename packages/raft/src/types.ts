/** A node's identity: a positive safe integer, minted once and never reused. */
export type NodeId = number;
/** A Raft group within the process; a uint32. */
export type GroupId = number;
/** A Raft term. 0 is "before the first election". */
export type Term = number;
/** A log index. The first entry has index 1; 0 is "before the first entry". */
export type Index = number;

export const Role = {
  follower: 'follower',
  preCandidate: 'pre-candidate',
  candidate: 'candidate',
  leader: 'leader',
} as const;
export type Role = (typeof Role)[keyof typeof Role];

/** The only state that must survive a restart beside the log (Raft paper, figure 2). */
export interface HardState {
  readonly term: Term;
  /** Whom this node voted for in `term`; `undefined` if it has not voted. */
  readonly votedFor: NodeId | undefined;
}
