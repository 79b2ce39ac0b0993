// What a leader measures of one follower. An acknowledgement counts for what was sent in its session: after a restart of the
// replication, nobody can tell any more which copy of an append was answered.

import type { Append, Batch, Index, NodeId } from '@balsa/raft';
import { IndexTimes } from './index-times.ts';
import type { PeerStatistics } from './report.ts';
import { WindowedDistribution } from './windowed-distribution.ts';

/** Heartbeat rounds that can be told apart while they are on their way. */
const roundsMax = 8;

export class PeerCollector {
  readonly #peer: NodeId;
  readonly #appendRoundTripMs: WindowedDistribution;
  readonly #heartbeatRoundTripMs: WindowedDistribution;
  readonly #sendWaitMs: WindowedDistribution;
  readonly #appendBatches: WindowedDistribution;
  readonly #appendBytes: WindowedDistribution;
  readonly #inflightAppends: WindowedDistribution;
  readonly #unanswered = new IndexTimes();
  #session = 0;
  #rounds: number[] = [];
  #roundsAtMs: number[] = [];
  #entrustedAppends = 0;
  #entrustedBytes = 0;
  #indirectAppends = 0;
  #fragmentBatches = 0;
  #refusedMessages = 0;
  #rejectedAppends = 0;
  #restarts = 0;

  constructor(peer: NodeId, windowMs: number) {
    this.#peer = peer;
    this.#appendRoundTripMs = WindowedDistribution.ofMs(windowMs);
    this.#heartbeatRoundTripMs = WindowedDistribution.ofMs(windowMs);
    this.#sendWaitMs = WindowedDistribution.ofMs(windowMs);
    this.#appendBatches = WindowedDistribution.ofWhole(windowMs);
    this.#appendBytes = WindowedDistribution.ofWhole(windowMs);
    this.#inflightAppends = WindowedDistribution.ofWhole(windowMs);
  }

  /** With at least one batch, the last of which ends with `lastIndex`. */
  appendSent({ session, batches }: Pick<Append, 'session' | 'batches'>, lastIndex: Index, atMs: number): void {
    this.#follow(session);
    this.#unanswered.push(lastIndex, atMs);
    let bytes = 0;
    for (const batch of batches) bytes += batch.bytes.length;
    this.#appendBatches.record(batches.length, atMs);
    this.#appendBytes.record(bytes, atMs);
    this.#inflightAppends.record(this.#unanswered.count, atMs);
  }

  /** It was to pass this on to another follower. */
  entrusted(batches: readonly Batch[]): void {
    this.#entrustedAppends++;
    for (const batch of batches) this.#entrustedBytes += batch.bytes.length;
  }

  /** What it was sent, another follower was to pass on to it. */
  sentIndirectly(): void {
    this.#indirectAppends++;
  }

  fragmentSent(): void {
    this.#fragmentBatches++;
  }

  /** A batch that was proposed lately was sent to this follower, for the first time. */
  sendWaited(ms: number, atMs: number): void {
    this.#sendWaitMs.record(ms, atMs);
  }

  heartbeatSent(round: number, atMs: number): void {
    this.#rounds[round % roundsMax] = round;
    this.#roundsAtMs[round % roundsMax] = atMs;
  }

  /** False: of another session. */
  acknowledged(session: number, index: Index, atMs: number): boolean {
    if (session !== this.#session) return false;
    this.#unanswered.recordUpTo(index, this.#appendRoundTripMs, atMs);
    return true;
  }

  heartbeatAnswered(round: number, atMs: number): void {
    const place = round % roundsMax;
    if (this.#rounds[place] !== round) return;
    this.#heartbeatRoundTripMs.record(atMs - this.#roundsAtMs[place]!, atMs);
    // A round is answered once.
    this.#rounds[place] = -1;
  }

  rejected(): void {
    this.#rejectedAppends++;
  }

  refused(): void {
    this.#refusedMessages++;
  }

  /** Nothing that was sent will be answered: this node does not lead any more. */
  forgetUnanswered(): void {
    this.#unanswered.clear();
    this.#rounds = [];
    this.#roundsAtMs = [];
    this.#session = 0;
  }

  report(nowMs: number, sinceMs: number): PeerStatistics {
    return {
      peer: this.#peer,
      appendRoundTripMs: this.#appendRoundTripMs.report(nowMs, sinceMs),
      heartbeatRoundTripMs: this.#heartbeatRoundTripMs.report(nowMs, sinceMs),
      sendWaitMs: this.#sendWaitMs.report(nowMs, sinceMs),
      appendBatches: this.#appendBatches.report(nowMs, sinceMs),
      appendBytes: this.#appendBytes.report(nowMs, sinceMs),
      inflightAppends: this.#inflightAppends.report(nowMs, sinceMs),
      entrustedAppends: this.#entrustedAppends,
      entrustedBytes: this.#entrustedBytes,
      indirectAppends: this.#indirectAppends,
      fragmentBatches: this.#fragmentBatches,
      refusedMessages: this.#refusedMessages,
      rejectedAppends: this.#rejectedAppends,
      restarts: this.#restarts,
    };
  }

  #follow(session: number): void {
    if (session === this.#session) return;
    if (this.#session > 0) this.#restarts++;
    this.#session = session;
    this.#unanswered.clear();
  }
}
