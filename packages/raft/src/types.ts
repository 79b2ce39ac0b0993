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
  /**
   * Number of the incident in which this member's disk lost entries that it may have acknowledged; 0: none is open.
   * Until a leader has made up for the loss, the member neither votes nor campaigns nor counts (see restoring.md). Made by
   * `incidentNumber`: it also says whether term and vote were lost.
   */
  readonly incident: number;
}

/** Of a member that never ran. */
export const initialHardState: HardState = { term: 0, votedFor: undefined, incident: 0 };
