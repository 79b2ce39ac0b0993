import type { BatchHeader } from './batch.ts';
import type { Configuration } from './configuration.ts';
import type { LogPosition } from './term-runs.ts';
import type { HardState, Index, NodeId, Term } from './types.ts';

export interface RaftConfig {
  readonly id: NodeId;
  /**
   * A follower that hears from no leader for this many ticks, plus a random part of as many again, campaigns. A leader
   * that hears from no quorum for this many ticks steps down.
   */
  readonly electionTicks: number;
  /** Ticks between heartbeats. Well below `electionTicks`, or healthy leaders are deposed. */
  readonly heartbeatTicks: number;
  /**
   * How long a leader may serve reads after a quorum heard of it, where the configuration allows leases; 0: never. It must
   * be over on this node's clock before `electionTicks`, less one and less what a host makes up for in one go, are over on any
   * other's: a node whose clock is off by more than the difference allows may read what is out of date (docs/raft.md).
   */
  readonly leaseMs: number;
  /** A leader whose group was idle for this many ticks lets it hibernate; 0: never. */
  readonly hibernateAfterTicks: number;
  /** Seed of this member's random timeouts. Members should differ. */
  readonly seed: number;
  /**
   * Drawn anew, from a range that is large, whenever the member is started: what is repeated to it of what it said of its time in an
   * earlier life must not pass for what it says now. A safe integer below 2^52, not negative.
   */
  readonly lifeId: number;
  /** Most payload bytes in one append message. A single larger batch still travels, alone. */
  readonly appendBytesMax: number;
  /** Most bytes on their way to one follower, sent but not acknowledged. */
  readonly inflightBytesMax: number;
  /**
   * Most a follower keeps of what came ahead of a gap, counted from where the gap begins. 0: nothing; what is not in order is refused,
   * and the leader sends it again.
   */
  readonly windowEntriesMax: number;
  readonly windowBytesMax: number;
  /** Most bytes proposed but not committed; beyond that proposals are refused. */
  readonly uncommittedBytesMax: number;
  /**
   * Most bytes of proposals that are weakly accepted and not committed: as much can be lost of what a proposer was told of early. Beyond
   * that, it is told of a proposal when it is committed. 0: nothing is told early, and followers do not say what they have not made
   * durable yet.
   */
  readonly weakBytesMax: number;
  /** Most bytes of batches kept in memory. Beyond that the oldest are read from disk when needed. */
  readonly cacheBytesMax: number;
  /** Serialises a new leader's empty entry. Pure: the same header gives the same bytes. */
  readonly sealNoop: (header: BatchHeader) => Uint8Array;
  /** Serialises a change of the group's members. Pure. */
  readonly sealConfiguration: (header: BatchHeader, configuration: Configuration) => Uint8Array;
}

/** What the disk held when the member was started. */
export interface RecoveredState {
  readonly hardState: HardState;
  /** The entry before the first that the log holds. */
  readonly base: LogPosition;
  readonly lastIndex: Index;
  /** Runs of equal terms, ascending: `[firstIndex, term]`. */
  readonly termRuns: readonly (readonly [Index, Term])[];
  /**
   * Ascending: the configuration in force at `base`, then those that the log holds. Empty: a newcomer, which waits to be
   * told by a leader what it belongs to.
   */
  readonly configurations: readonly (readonly [Index, Configuration])[];
  /** What the state machine holds already, from a snapshot; not below `base`. */
  readonly appliedIndex: Index;
}
