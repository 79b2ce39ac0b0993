import type { BatchHeader } from './batch.ts';
import type { HardState, Index, NodeId, Term } from './types.ts';

export interface RaftConfig {
  readonly id: NodeId;
  readonly voters: readonly NodeId[];
  /**
   * A follower that hears from no leader for this many ticks, plus a random part of as many again, campaigns. A leader
   * that hears from no quorum for this many ticks steps down.
   */
  readonly electionTicks: number;
  /** Ticks between heartbeats. Well below `electionTicks`, or healthy leaders are deposed. */
  readonly heartbeatTicks: number;
  /** Seed of this member's random timeouts. Members should differ. */
  readonly seed: number;
  /** Most payload bytes in one append message. A single larger batch still travels, alone. */
  readonly appendBytesMax: number;
  /** Most bytes on their way to one follower, sent but not acknowledged. */
  readonly inflightBytesMax: number;
  /** Most bytes proposed but not committed; beyond that proposals are refused. */
  readonly uncommittedBytesMax: number;
  /** Most bytes of batches kept in memory. Beyond that the oldest are read from disk when needed. */
  readonly cacheBytesMax: number;
  /** Serialises a new leader's empty entry. Pure: the same header gives the same bytes. */
  readonly sealNoop: (header: BatchHeader) => Uint8Array;
}

/** What the disk held when the member was started. */
export interface RecoveredState {
  readonly hardState: HardState;
  readonly lastIndex: Index;
  /** Runs of equal terms, ascending: `[firstIndex, term]`. */
  readonly termRuns: readonly (readonly [Index, Term])[];
}
