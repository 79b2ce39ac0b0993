// How a host keeps time and where its bounds lie. Every field has a default that is right for three nodes in one room.

import type {
  SnapshotFetchLimits,
  SnapshotRestoreLimits,
  SnapshotSendLimits,
} from '../snapshot-transfer/transfer-limits.ts';
import { type CompactionLimits, defaultCompactionLimits } from './compaction-plan.ts';
import type { ProposalLimits } from './proposal-queue.ts';
import type { SessionLimits } from './session-limits.ts';

export interface HostTiming {
  /** Granularity of all other times. */
  readonly tickMs: number;
  /** Without a leader for this long, and up to as long again at random, a member campaigns. */
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** A group in which nothing happened for this long falls silent, at no cost, until somebody wants it; 0: never. */
  readonly hibernateAfterMs: number;
  /**
   * By how much a node's clock may run fast or slow, as a part of 1. Only groups that read by lease depend on it: beyond it,
   * they may read what is out of date.
   */
  readonly clockDriftMax: number;
}

export interface HostLimits extends SessionLimits, ProposalLimits, CompactionLimits {
  /**
   * A session that was silent for this long ends; 0: never. The leader's clock decides, an entry carries it out. Longer
   * than anybody waits for an answer, or who waits may not learn what became of his command.
   */
  readonly sessionTimeoutMs: number;
  /** Largest payload of one entry. */
  readonly proposalBytesMax: number;
  /** Most bytes of one append message; a single larger batch travels alone. */
  readonly appendBytesMax: number;
  /** Most unacknowledged bytes on their way to one follower. */
  readonly inflightBytesMax: number;
  /**
   * Most that a follower keeps of what overtook other entries on its way through relays, counted from where the gap begins, per group.
   * 0: nothing; what does not come in order is refused, and sent again.
   */
  readonly windowEntriesMax: number;
  readonly windowBytesMax: number;
  /** Most bytes proposed and not committed, per group; on the leader, not applied. */
  readonly uncommittedBytesMax: number;
  /** Most bytes of recent batches kept in memory, per group. */
  readonly cacheBytesMax: number;
  /** How long a leader keeps trying for a proposal that another member forwarded; that member has its own deadline. */
  readonly forwardedDeadlineMs: number;
  /**
   * With more log than this on a node, of all groups, those that keep the oldest part of it alive take a snapshot, however
   * little they have written.
   */
  readonly logBytesSoftMax: number;
  /** Most snapshots that a node writes at one time. */
  readonly snapshotsAtOnceMax: number;
  /** Of snapshots that this node fetches from others. */
  readonly snapshotFetch: Partial<SnapshotFetchLimits>;
  /** Of snapshots that others fetch from this node. */
  readonly snapshotSend: Partial<SnapshotSendLimits>;
  /** Of snapshots that came from others and become the state here. */
  readonly snapshotRestore: Partial<SnapshotRestoreLimits>;
}

const mebibyte = 1024 * 1024;

export const defaultTiming: HostTiming = {
  tickMs: 10,
  electionTimeoutMs: 1000,
  heartbeatIntervalMs: 100,
  hibernateAfterMs: 10_000,
  clockDriftMax: 0.05,
};

export const defaultLimits: HostLimits = {
  sessionsMax: 10_000,
  resultsPerSessionMax: 65_536,
  // Beyond what a client with 4096 commands under way can have in answers of 4 KiB.
  sessionResultBytesMax: 32 * mebibyte,
  sessionsBytesMax: 128 * mebibyte,
  resultBytesMax: mebibyte,
  sessionTimeoutMs: 3_600_000,
  batchBytesMax: mebibyte,
  batchesUnderWayMax: 4,
  queuedBytesMax: 64 * mebibyte,
  proposalBytesMax: 16 * mebibyte,
  appendBytesMax: mebibyte,
  inflightBytesMax: 16 * mebibyte,
  windowEntriesMax: 1_000_000,
  windowBytesMax: 32 * mebibyte,
  uncommittedBytesMax: 64 * mebibyte,
  cacheBytesMax: 32 * mebibyte,
  forwardedDeadlineMs: 30_000,
  logBytesSoftMax: 512 * mebibyte,
  snapshotsAtOnceMax: 2,
  snapshotFetch: {},
  snapshotSend: {},
  snapshotRestore: {},
  ...defaultCompactionLimits,
};

/** Ticks that a group is given in one go at most, after its process was held up. */
export function ticksAtOnceMax({ tickMs, heartbeatIntervalMs }: HostTiming): number {
  return Math.max(1, Math.round(heartbeatIntervalMs / tickMs));
}

/**
 * How long a leader may count on the loyalty that a follower keeps for an election timeout, whatever their clocks do: the
 * follower may have heard of it just before a tick, and before ticks that it makes up for.
 */
export function leaseMsOf(timing: HostTiming): number {
  const { electionTimeoutMs, tickMs, clockDriftMax } = timing;
  const loyalMs = electionTimeoutMs - (1 + ticksAtOnceMax(timing)) * tickMs;
  return Math.max(0, (loyalMs * (1 - clockDriftMax)) / (1 + clockDriftMax));
}
