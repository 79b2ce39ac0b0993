// What a member measures while it leads: its batches on their way, and its followers.

import {
  type Append,
  type AppendAck,
  type Batch,
  type Heartbeat,
  type HeartbeatAck,
  type Index,
  lastIndexOf,
  liesWithin,
  type NodeId,
  type Route,
  type SendFragmentsEffect,
} from '@balsa/raft';
import { BatchTimings, notYet, type ProposedBatch } from './batch-timings.ts';
import { PeerCollector } from './peer-collector.ts';
import type { PeerStatistics, ProposalStatistics, SlowBatch } from './report.ts';
import type { StatisticsSettings } from './settings.ts';
import { SlowBatches } from './slow-batches.ts';
import { WindowedDistribution } from './windowed-distribution.ts';

type OwnProposals = Omit<ProposalStatistics, 'forwardMs' | 'leaderWaitMs'>;

export class LeaderCollector {
  readonly #windowMs: number;
  readonly #timings = new BatchTimings();
  readonly #slowBatches: SlowBatches;
  readonly #peers = new Map<NodeId, PeerCollector>();
  readonly #batchEntries: WindowedDistribution;
  readonly #batchBytes: WindowedDistribution;
  readonly #queueMs: WindowedDistribution;
  readonly #commitMs: WindowedDistribution;
  readonly #applyMs: WindowedDistribution;
  readonly #totalMs: WindowedDistribution;
  #abandonedBatches = 0;
  #relayedAppends = 0;
  #codedBatches = 0;
  #untimedBatches = 0;

  constructor(settings: StatisticsSettings, nodeId: NodeId) {
    const { windowMs } = settings;
    this.#windowMs = windowMs;
    this.#slowBatches = new SlowBatches(settings, nodeId);
    this.#batchEntries = WindowedDistribution.ofWhole(windowMs);
    this.#batchBytes = WindowedDistribution.ofWhole(windowMs);
    this.#queueMs = WindowedDistribution.ofMs(windowMs);
    this.#commitMs = WindowedDistribution.ofMs(windowMs);
    this.#applyMs = WindowedDistribution.ofMs(windowMs);
    this.#totalMs = WindowedDistribution.ofMs(windowMs);
  }

  proposed(batch: ProposedBatch): void {
    const { firstIndex, lastIndex, bytes, submittedMs, proposedMs } = batch;
    this.#batchEntries.record(lastIndex - firstIndex + 1, proposedMs);
    this.#batchBytes.record(bytes, proposedMs);
    this.#queueMs.record(proposedMs - submittedMs, proposedMs);
    if (!this.#timings.begin(batch)) this.#untimedBatches++;
  }

  appended(batch: Batch, sequence: number, atMs: number): void {
    this.#timings.appended(lastIndexOf(batch), sequence, atMs);
  }

  durable(sequence: number, writingMs: number | undefined, atMs: number): void {
    this.#timings.durable(sequence, writingMs ?? notYet, atMs);
  }

  /** By this leader itself; to those to whom it is to be passed on, too: they answer this leader. */
  appendSent({ to, session, batches, routes }: Append, atMs: number): void {
    if (routes.length > 0) this.#relayedAppends++;
    this.#sent(to, session, batches, atMs);
    this.#passedOn(to, routes, batches, atMs);
  }

  fragmentsSent({ batch, receivers }: SendFragmentsEffect, atMs: number): void {
    this.#codedBatches++;
    for (const { node, session } of receivers) {
      this.#sent(node, session, [batch], atMs);
      this.#peer(node).fragmentSent();
    }
  }

  #passedOn(relay: NodeId, routes: readonly Route[], batches: readonly Batch[], atMs: number): void {
    for (const { node, session, prevIndex, lastIndex, routes: below } of routes) {
      const range = batches.filter((batch) => liesWithin(batch, prevIndex, lastIndex));
      this.#sent(node, session, range, atMs);
      if (lastIndex > prevIndex) {
        this.#peer(relay).entrusted(range);
        this.#peer(node).sentIndirectly();
      }
      this.#passedOn(node, below, batches, atMs);
    }
  }

  #sent(to: NodeId, session: number, batches: readonly Batch[], atMs: number): void {
    const last = batches.at(-1);
    // A probe without batches asks where the follower stands.
    if (last === undefined) return;
    const peer = this.#peer(to);
    peer.appendSent({ session, batches }, lastIndexOf(last), atMs);
    for (const batch of batches) {
      const timing = this.#timings.endingWith(lastIndexOf(batch));
      if (timing?.sent(to, atMs)) peer.sendWaited(atMs - timing.proposedMs, atMs);
    }
  }

  heartbeatSent({ to, round }: Heartbeat, atMs: number): void {
    this.#peer(to).heartbeatSent(round, atMs);
  }

  refused(to: NodeId): void {
    this.#peer(to).refused();
  }

  acknowledged({ from, session, durableIndex }: AppendAck | HeartbeatAck, atMs: number): void {
    if (!this.#peer(from).acknowledged(session, durableIndex, atMs)) return;
    this.#timings.acknowledged(from, durableIndex, atMs);
  }

  heartbeatAnswered({ from, round }: HeartbeatAck, atMs: number): void {
    this.#peer(from).heartbeatAnswered(round, atMs);
  }

  rejected(from: NodeId): void {
    this.#peer(from).rejected();
  }

  /** `by`: whose confirmation it was that completed the quorum. */
  committed(index: Index, by: NodeId, atMs: number): void {
    this.#timings.committed(index, by, atMs);
  }

  applied(batch: Batch, applyingMs: number, appliedMs: number): void {
    const timing = this.#timings.end(lastIndexOf(batch));
    if (timing === undefined || timing.committedMs === notYet) return;
    this.#commitMs.record(timing.committedMs - timing.proposedMs, appliedMs);
    this.#applyMs.record(appliedMs - timing.committedMs, appliedMs);
    this.#totalMs.record(appliedMs - timing.submittedMs, appliedMs);
    this.#slowBatches.consider(timing, applyingMs, appliedMs);
  }

  /** This node does not lead any more, or leads anew. */
  leadershipEnded(): void {
    this.#abandonedBatches += this.#timings.abandon();
    for (const peer of this.#peers.values()) peer.forgetUnanswered();
  }

  /** Nothing is kept of those who are no members. */
  membersChanged(members: readonly NodeId[]): void {
    for (const peer of this.#peers.keys()) if (!members.includes(peer)) this.#peers.delete(peer);
  }

  proposals(nowMs: number, sinceMs: number): OwnProposals {
    return {
      batchEntries: this.#batchEntries.report(nowMs, sinceMs),
      batchBytes: this.#batchBytes.report(nowMs, sinceMs),
      queueMs: this.#queueMs.report(nowMs, sinceMs),
      commitMs: this.#commitMs.report(nowMs, sinceMs),
      applyMs: this.#applyMs.report(nowMs, sinceMs),
      totalMs: this.#totalMs.report(nowMs, sinceMs),
      relayedAppends: this.#relayedAppends,
      codedBatches: this.#codedBatches,
      abandonedBatches: this.#abandonedBatches,
      untimedBatches: this.#untimedBatches,
    };
  }

  peers(nowMs: number, sinceMs: number): PeerStatistics[] {
    return [...this.#peers.values()].map((peer) => peer.report(nowMs, sinceMs));
  }

  slowBatches(nowMs: number): SlowBatch[] {
    return this.#slowBatches.report(nowMs);
  }

  #peer(id: NodeId): PeerCollector {
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      peer = new PeerCollector(id, this.#windowMs);
      this.#peers.set(id, peer);
    }
    return peer;
  }
}
