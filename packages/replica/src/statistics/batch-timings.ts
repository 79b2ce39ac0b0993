// When the batches that a leader has under way came to each stage. The objects are used again, so that in the long run timing a
// batch allocates nothing.

import type { Index, NodeId, Term } from '@balsa/raft';

/** More are under way only while the state machine is being replaced. */
const underWayMax = 64;

/** A stage that a batch has not come to. */
export const notYet = -1;

export interface ProposedBatch {
  readonly term: Term;
  readonly firstIndex: Index;
  readonly lastIndex: Index;
  readonly bytes: number;
  readonly submittedMs: number;
  readonly proposedMs: number;
}

export class BatchTiming {
  term: Term = 0;
  firstIndex: Index = 0;
  lastIndex: Index = 0;
  bytes = 0;
  submittedMs = 0;
  proposedMs = 0;
  appendedMs: number = notYet;
  /** Under which the log confirms it. */
  sequence = 0;
  writingMs: number = notYet;
  durableMs: number = notYet;
  committedMs: number = notYet;
  committedBy: NodeId = 0;
  /** One after the other, in the order in which they were sent to. */
  readonly peers: NodeId[] = [];
  readonly sentMs: number[] = [];
  readonly acknowledgedMs: number[] = [];

  begin(batch: ProposedBatch): void {
    this.term = batch.term;
    this.firstIndex = batch.firstIndex;
    this.lastIndex = batch.lastIndex;
    this.bytes = batch.bytes;
    this.submittedMs = batch.submittedMs;
    this.proposedMs = batch.proposedMs;
    this.appendedMs = notYet;
    this.writingMs = notYet;
    this.durableMs = notYet;
    this.committedMs = notYet;
    this.peers.length = 0;
    this.sentMs.length = 0;
    this.acknowledgedMs.length = 0;
  }

  /** False: it was sent to this peer before. */
  sent(peer: NodeId, atMs: number): boolean {
    if (this.peers.includes(peer)) return false;
    this.peers.push(peer);
    this.sentMs.push(atMs);
    this.acknowledgedMs.push(notYet);
    return true;
  }

  acknowledged(peer: NodeId, atMs: number): void {
    const at = this.peers.indexOf(peer);
    if (at >= 0 && this.acknowledgedMs[at] === notYet) this.acknowledgedMs[at] = atMs;
  }
}

export class BatchTimings {
  /** Ascending. */
  readonly #underWay: BatchTiming[] = [];
  readonly #spare: BatchTiming[] = [];

  /** False: too many are under way. */
  begin(batch: ProposedBatch): boolean {
    if (this.#underWay.length >= underWayMax) return false;
    const timing = this.#spare.pop() ?? new BatchTiming();
    timing.begin(batch);
    this.#underWay.push(timing);
    return true;
  }

  /** The batch that ends there, if it is timed. */
  endingWith(lastIndex: Index): BatchTiming | undefined {
    for (let i = this.#underWay.length - 1; i >= 0; i--) {
      const timing = this.#underWay[i]!;
      if (timing.lastIndex <= lastIndex) return timing.lastIndex === lastIndex ? timing : undefined;
    }
    return undefined;
  }

  appended(lastIndex: Index, sequence: number, atMs: number): void {
    const timing = this.endingWith(lastIndex);
    if (timing === undefined) return;
    timing.appendedMs = atMs;
    timing.sequence = sequence;
  }

  /** `writingMs`: when the log began to write what has become durable. */
  durable(sequence: number, writingMs: number, atMs: number): void {
    for (const timing of this.#underWay) {
      if (timing.appendedMs === notYet || timing.sequence > sequence) return;
      if (timing.durableMs !== notYet) continue;
      timing.durableMs = atMs;
      // A log that reports before it writes tells of an earlier write.
      timing.writingMs = writingMs >= timing.appendedMs ? writingMs : notYet;
    }
  }

  acknowledged(peer: NodeId, index: Index, atMs: number): void {
    for (const timing of this.#underWay) {
      if (timing.lastIndex > index) return;
      timing.acknowledged(peer, atMs);
    }
  }

  committed(index: Index, by: NodeId, atMs: number): void {
    for (const timing of this.#underWay) {
      if (timing.lastIndex > index) return;
      if (timing.committedMs !== notYet) continue;
      timing.committedMs = atMs;
      timing.committedBy = by;
    }
  }

  /** Ends the timing of the batch that ends there; the caller must be done with it before the next begins. */
  end(lastIndex: Index): BatchTiming | undefined {
    let ended: BatchTiming | undefined;
    while (this.#underWay.length > 0 && this.#underWay[0]!.lastIndex <= lastIndex) {
      const timing = this.#underWay.shift()!;
      this.#spare.push(timing);
      if (timing.lastIndex === lastIndex) ended = timing;
    }
    return ended;
  }

  /** None of them will be seen to its end. Returns how many there were. */
  abandon(): number {
    const abandoned = this.#underWay.splice(0);
    this.#spare.push(...abandoned);
    return abandoned.length;
  }
}
