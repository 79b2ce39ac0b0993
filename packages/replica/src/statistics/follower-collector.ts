// What a member measures while it follows.

import { type Append, type AppendReject, type Heartbeat, type Index, lastIndexOf, type Term } from '@balsa/raft';
import { IndexTimes } from './index-times.ts';
import type { FollowerStatistics } from './report.ts';
import { WindowedDistribution } from './windowed-distribution.ts';

export class FollowerCollector {
  readonly #ackMs: WindowedDistribution;
  readonly #appendBatches: WindowedDistribution;
  readonly #gapEntries: WindowedDistribution;
  readonly #unacknowledged = new IndexTimes();
  /** Of whoever was heard of last as leader. */
  #term: Term = 0;
  #session = 0;
  #acksSent = 0;
  #relayedArrivals = 0;
  #passedOnAppends = 0;
  #passedOnBytes = 0;
  #refusedPasses = 0;
  #leaderContactMs = 0;

  constructor(windowMs: number) {
    this.#ackMs = WindowedDistribution.ofMs(windowMs);
    this.#appendBatches = WindowedDistribution.ofWhole(windowMs);
    this.#gapEntries = WindowedDistribution.ofWhole(windowMs);
  }

  appendArrived({ from, leader, term, session, batches }: Append, atMs: number): void {
    if (from === leader) this.#heardOfLeader(term, atMs);
    else this.#relayedArrivals++;
    const last = batches.at(-1);
    // Of an earlier attempt of the leader's: it is not answered.
    if (last === undefined || session < this.#session) return;
    if (session > this.#session) this.#unacknowledged.clear();
    this.#session = session;
    this.#appendBatches.record(batches.length, atMs);
    this.#unacknowledged.push(lastIndexOf(last), atMs);
  }

  heartbeatArrived({ term }: Heartbeat, atMs: number): void {
    this.#heardOfLeader(term, atMs);
  }

  ackSent(durableIndex: Index, atMs: number): void {
    this.#acksSent++;
    this.#unacknowledged.recordUpTo(durableIndex, this.#ackMs, atMs);
  }

  /** As a relay, to another follower. */
  passedOn({ batches }: Append): void {
    this.#passedOnAppends++;
    for (const batch of batches) this.#passedOnBytes += batch.bytes.length;
  }

  /** There is no connection to whom it was for, or no room in it. */
  couldNotPassOn(): void {
    this.#refusedPasses++;
  }

  rejected({ rejectedPrevIndex, hintIndex }: AppendReject, atMs: number): void {
    this.#unacknowledged.clear();
    this.#gapEntries.record(rejectedPrevIndex - hintIndex, atMs);
  }

  /** `term`: this member's own. */
  report(term: Term, nowMs: number, sinceMs: number): FollowerStatistics {
    return {
      ackMs: this.#ackMs.report(nowMs, sinceMs),
      appendBatches: this.#appendBatches.report(nowMs, sinceMs),
      acksSent: this.#acksSent,
      gapEntries: this.#gapEntries.report(nowMs, sinceMs),
      relayedArrivals: this.#relayedArrivals,
      passedOnAppends: this.#passedOnAppends,
      passedOnBytes: this.#passedOnBytes,
      refusedPasses: this.#refusedPasses,
      leaderContactAgeMs: term === this.#term ? nowMs - this.#leaderContactMs : undefined,
    };
  }

  #heardOfLeader(term: Term, atMs: number): void {
    this.#leaderContactMs = atMs;
    if (term === this.#term) return;
    this.#term = term;
    this.#session = 0;
    this.#unacknowledged.clear();
  }
}
