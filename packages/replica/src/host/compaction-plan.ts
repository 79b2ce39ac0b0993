// How much of a group's log is needed. What lies in a durable snapshot can go, except for a tail that lets members which were
// away for a moment catch up without a snapshot, and for what followers that are getting on still have to be sent.

import type { FollowerStatus, Index, NodeId, RaftStatus } from '@balsa/raft';

export interface CompactionLimits {
  /** A snapshot is due when this many bytes of log were applied since the last one, or as many as that one has, if that is more. */
  readonly snapshotLogBytes: number;
  /** A snapshot is due when this many entries were applied since the last one; 0: their number does not matter. */
  readonly snapshotEntries: number;
  /** A snapshot is due when the oldest applied entry that is in none is this old; 0: age does not matter. */
  readonly snapshotAgeMs: number;
  /** Bytes of log kept behind the last snapshot's beginning for members that were away. */
  readonly logTailBytes: number;
  /** With more log than this, a follower that cannot keep up gets a snapshot instead of the log that it lacks. */
  readonly logBytesMax: number;
}

export const defaultCompactionLimits: CompactionLimits = {
  snapshotLogBytes: 64 * 1024 * 1024,
  snapshotEntries: 0,
  snapshotAgeMs: 0,
  logTailBytes: 16 * 1024 * 1024,
  logBytesMax: 1024 * 1024 * 1024,
};

/** A place in the log, and how many bytes of it were applied up to there in this run of the process. */
interface Milestone {
  readonly index: Index;
  readonly bytes: number;
  readonly appliedMs: number;
}

type ArrivingFollower = Pick<FollowerStatus, 'id' | 'matchIndex' | 'snapshotIndex'>;

const milestoneBytes = 1024 * 1024;
/** Who got a snapshot and has come no closer for so long cannot keep up. */
export const patienceMs = 60_000;

/** A follower that got a snapshot and has not everything yet that was written meanwhile. */
interface Arrival {
  /** Bytes of log that it lacked when it was closest. */
  closestBytes: number;
  closestMs: number;
}

export class CompactionPlan {
  readonly #limits: CompactionLimits;
  /** Ascending, about one for each mebibyte of log. */
  #milestones: Milestone[] = [];
  #appliedIndex: Index;
  #appliedBytes = 0;
  /** Of the latest snapshot. */
  #snapshotIndex: Index;
  #snapshotBytes: number;
  #bytesAtSnapshot = 0;
  readonly #arrivals = new Map<NodeId, Arrival>();

  constructor(limits: CompactionLimits, snapshot: { readonly index: Index; readonly bytes: number }) {
    this.#limits = limits;
    this.#appliedIndex = snapshot.index;
    this.#snapshotIndex = snapshot.index;
    this.#snapshotBytes = snapshot.bytes;
  }

  /** A batch was applied. */
  applied(index: Index, bytes: number, nowMs: number): void {
    this.#appliedIndex = index;
    this.#appliedBytes += bytes;
    const newest = this.#milestones.at(-1);
    const isDue = newest === undefined || this.#appliedBytes - newest.bytes >= milestoneBytes;
    if (isDue) this.#milestones.push({ index, bytes: this.#appliedBytes, appliedMs: nowMs });
  }

  /** The state begins anew from a snapshot. */
  restored(index: Index, bytes: number): void {
    this.#appliedIndex = index;
    this.#milestones = [];
    this.snapshotTaken(index, bytes);
  }

  snapshotTaken(index: Index, bytes: number): void {
    this.#snapshotIndex = index;
    this.#snapshotBytes = bytes;
    this.#bytesAtSnapshot = this.#bytesAt(index);
  }

  wantsSnapshot(nowMs: number): boolean {
    const { snapshotLogBytes, snapshotEntries, snapshotAgeMs } = this.#limits;
    const entries = this.#appliedIndex - this.#snapshotIndex;
    if (entries === 0) return false;
    const isBig = this.#appliedBytes - this.#bytesAtSnapshot >= Math.max(snapshotLogBytes, this.#snapshotBytes);
    if (isBig || (snapshotEntries > 0 && entries >= snapshotEntries)) return true;
    const oldest = this.#milestones.find(({ index }) => index > this.#snapshotIndex);
    return snapshotAgeMs > 0 && oldest !== undefined && nowMs - oldest.appliedMs >= snapshotAgeMs;
  }

  /** Up to where the log can be compacted now. */
  compactableIndex(
    { compactableIndex, followers }: Pick<RaftStatus, 'compactableIndex' | 'followers'>,
    keepsTail: boolean,
    nowMs: number,
  ): Index {
    const { logTailBytes, logBytesMax } = this.#limits;
    const tail = keepsTail ? Math.min(this.#snapshotIndex, this.#indexBefore(logTailBytes)) : this.#snapshotIndex;
    const needed = Math.min(tail, compactableIndex);
    const pinned = followers.map((follower) => this.#neededToArrive(follower, nowMs));
    const forced = Math.min(this.#snapshotIndex, this.#indexBefore(logBytesMax), ...pinned);
    return Math.max(needed, forced);
  }

  /** Forgets what lies before `index`. */
  compacted(index: Index): void {
    const first = this.#milestones.findIndex((milestone) => milestone.index > index);
    this.#milestones = first < 0 ? [] : this.#milestones.slice(Math.max(0, first - 1));
  }

  /**
   * Who is on its way to us by a snapshot must find the log behind it, and what comes before it has that, or it would never arrive: the
   * longer a snapshot takes, the more log there is when it is there. `Infinity`: it needs nothing to arrive.
   */
  #neededToArrive({ id, matchIndex, snapshotIndex }: ArrivingFollower, nowMs: number): Index {
    if (snapshotIndex !== undefined) {
      this.#arrivals.set(id, { closestBytes: Number.POSITIVE_INFINITY, closestMs: nowMs });
      return snapshotIndex;
    }
    const arrival = this.#arrivals.get(id);
    if (arrival === undefined) return Number.POSITIVE_INFINITY;
    const lackedBytes = this.#appliedBytes - this.#bytesAt(matchIndex);
    if (lackedBytes < arrival.closestBytes) {
      arrival.closestBytes = lackedBytes;
      arrival.closestMs = nowMs;
    }
    const hasArrived = lackedBytes <= milestoneBytes;
    if (!hasArrived && nowMs - arrival.closestMs < patienceMs) return matchIndex;
    this.#arrivals.delete(id);
    return Number.POSITIVE_INFINITY;
  }

  /** The index behind which about the last `bytes` of what was applied lie; 0: there were not as many. */
  #indexBefore(bytes: number): Index {
    if (bytes === 0) return this.#appliedIndex;
    const limit = this.#appliedBytes - bytes;
    return this.#milestones.findLast((milestone) => milestone.bytes <= limit)?.index ?? 0;
  }

  #bytesAt(index: Index): number {
    return this.#milestones.findLast((milestone) => milestone.index <= index)?.bytes ?? 0;
  }
}
