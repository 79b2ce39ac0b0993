// The slowest batches of the window, each with its stages. Of most batches nothing is kept: one comparison tells that others were slower.

import type { NodeId } from '@balsa/raft';
import { type BatchTiming, notYet } from './batch-timings.ts';
import type { BatchPeer, BatchStage, SlowBatch } from './report.ts';
import type { StatisticsSettings } from './settings.ts';

export class SlowBatches {
  readonly #settings: StatisticsSettings;
  readonly #nodeId: NodeId;
  #kept: SlowBatch[] = [];
  /** What a batch has to exceed until the window has moved past one of those that are kept. */
  #floorMs: number;
  #floorUntilMs = 0;

  constructor(settings: StatisticsSettings, nodeId: NodeId) {
    this.#settings = settings;
    this.#nodeId = nodeId;
    this.#floorMs = settings.slowBatchMs;
  }

  /** A batch was applied, just now. */
  consider(timing: BatchTiming, applyingMs: number, appliedMs: number): void {
    const totalMs = appliedMs - timing.submittedMs;
    if (totalMs < this.#settings.slowBatchMs || this.#settings.slowBatchesMax === 0) return;
    if (appliedMs < this.#floorUntilMs && totalMs <= this.#floorMs) return;
    this.#forgetOld(appliedMs);
    if (this.#kept.length < this.#settings.slowBatchesMax) {
      this.#kept.push(this.#describe(timing, applyingMs, appliedMs));
    } else {
      const quickest = this.#quickest();
      if (this.#kept[quickest]!.totalMs < totalMs) {
        this.#kept[quickest] = this.#describe(timing, applyingMs, appliedMs);
      }
    }
    this.#setFloor();
  }

  /** The slowest first. */
  report(nowMs: number): SlowBatch[] {
    this.#forgetOld(nowMs);
    return this.#kept.toSorted((a, b) => b.totalMs - a.totalMs);
  }

  #forgetOld(nowMs: number): void {
    this.#kept = this.#kept.filter((batch) => nowMs - appliedAt(batch) < this.#settings.windowMs);
  }

  /** With room left, there is none. */
  #setFloor(): void {
    const isFull = this.#kept.length === this.#settings.slowBatchesMax;
    this.#floorMs = isFull ? this.#kept[this.#quickest()]!.totalMs : 0;
    this.#floorUntilMs = isFull ? Math.min(...this.#kept.map(appliedAt)) + this.#settings.windowMs : 0;
  }

  #quickest(): number {
    let quickest = 0;
    for (let i = 1; i < this.#kept.length; i++) {
      if (this.#kept[i]!.totalMs < this.#kept[quickest]!.totalMs) quickest = i;
    }
    return quickest;
  }

  #describe(timing: BatchTiming, applyingMs: number, appliedMs: number): SlowBatch {
    const { term, firstIndex, lastIndex, bytes, submittedMs, proposedMs, committedMs, committedBy } = timing;
    const since = (atMs: number): number | undefined => (atMs === notYet ? undefined : atMs - submittedMs);
    return {
      term,
      firstIndex,
      lastIndex,
      bytes,
      submittedMs,
      totalMs: appliedMs - submittedMs,
      longestStage: this.#longestStage(timing, appliedMs),
      stagesMs: {
        proposed: proposedMs - submittedMs,
        appended: since(timing.appendedMs),
        writing: since(timing.writingMs),
        durable: since(timing.durableMs),
        committed: committedMs - submittedMs,
        applying: applyingMs - submittedMs,
        applied: appliedMs - submittedMs,
      },
      peers: timing.peers.map((peer, at): BatchPeer => {
        return { peer, sent: timing.sentMs[at]! - submittedMs, acknowledged: since(timing.acknowledgedMs[at]!) };
      }),
      committedBy,
    };
  }

  #longestStage({ submittedMs, proposedMs, committedMs, committedBy }: BatchTiming, appliedMs: number): BatchStage {
    const queueMs = proposedMs - submittedMs;
    const commitMs = committedMs - proposedMs;
    const applyMs = appliedMs - committedMs;
    if (applyMs > commitMs && applyMs > queueMs) return 'stateMachine';
    if (queueMs > commitMs) return 'queue';
    return committedBy === this.#nodeId ? 'ownDisk' : 'followers';
  }
}

function appliedAt({ submittedMs, totalMs }: SlowBatch): number {
  return submittedMs + totalMs;
}
