// A leader's proposals, from submission until they are applied. What arrives while earlier batches are on their way
// becomes the next batch: under load batches grow by themselves, and a lone proposal goes out at once.

import {
  type Batch,
  type BatchHeader,
  type GroupId,
  type Index,
  lastIndexOf,
  type NodeId,
  type Raft,
  type Term,
} from '@balsa/raft';
import type { Acknowledgement, EarlyAcknowledgement } from '@balsa/wire';
import type { ReplicaErrorCode } from '../errors.ts';
import { sealRecord } from '../record.ts';
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import { BatchBuilder, type UnsealedRecord } from './batch-builder.ts';
import type { OldestProposal } from './slow-watch.ts';
import { type SubmitSink, Waiters } from './submission.ts';

export interface ProposalLimits {
  /** A batch that has reached this many bytes takes no more entries. */
  readonly batchBytesMax: number;
  /** Most batches proposed and not yet committed; what arrives meanwhile gathers in the next. */
  readonly batchesUnderWayMax: number;
  /** Most bytes that may wait to be proposed; beyond that submissions are refused as BUSY. */
  readonly queuedBytesMax: number;
  /**
   * Most bytes proposed and not yet applied here. Who waits until his write is applied is held up by a slow state machine anyway; who is told
   * earlier, or gives up and comes again, is not, and what is still to be applied would grow without end.
   */
  readonly uncommittedBytesMax: number;
}

/**
 * Of batches that followers carry. Whoever passes one on waits until it has come whole, so small ones get on sooner; and it takes more of them
 * to keep all links busy.
 */
const carriedBatchBytesMax = 128 * 1024;
const carriedBytesUnderWayMax = 8 * 1024 * 1024;

interface QueuedBatch extends UnsealedRecord {
  readonly waiters: Waiters;
  /** When its first entry was submitted. */
  readonly submittedMs: number;
}

interface ProposedBatch {
  readonly term: Term;
  readonly firstIndex: Index;
  readonly lastIndex: Index;
  readonly bytes: number;
  readonly waiters: Waiters;
  readonly submittedMs: number;
  readonly proposedMs: number;
}

export class ProposalQueue {
  readonly #group: GroupId;
  readonly #raft: Raft;
  readonly #limits: ProposalLimits;
  readonly #nowMs: () => number;
  readonly #tap: StatisticsTap;
  readonly #onProposed: (lastIndex: Index, bytes: number) => void;
  readonly #open: BatchBuilder;
  #openWaiters = new Waiters();
  #openSinceMs = 0;
  #areCarried = false;
  readonly #full: QueuedBatch[] = [];
  #fullBytes = 0;
  /** Proposed by this node as leader and not yet applied here, ascending. */
  readonly #proposed: ProposedBatch[] = [];
  #unappliedBytes = 0;

  /** `onProposed` is called after each batch, before the next. */
  constructor(
    group: GroupId,
    raft: Raft,
    limits: ProposalLimits,
    nowMs: () => number,
    tap: StatisticsTap,
    onProposed: (lastIndex: Index, bytes: number) => void = () => undefined,
  ) {
    this.#group = group;
    this.#raft = raft;
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#tap = tap;
    this.#onProposed = onProposed;
    this.#open = new BatchBuilder(limits.batchBytesMax);
  }

  get queuedBytes(): number {
    return this.#fullBytes + this.#open.bytes;
  }

  /** Of what was proposed by this node as leader. */
  get unappliedBytes(): number {
    return this.#unappliedBytes;
  }

  /** Copies the payload into the open batch. False: the queue is at its limit. */
  add(
    payload: Uint8Array,
    deadlineMs: number,
    sink: SubmitSink,
    token: number,
    acknowledge: Acknowledgement = 'applied',
  ): boolean {
    const { queuedBytesMax } = this.#limits;
    if (this.queuedBytes > 0 && this.queuedBytes + payload.length > queuedBytesMax) return false;
    if (this.#open.count === 0) this.#openSinceMs = this.#nowMs();
    this.#open.add(payload);
    this.#openWaiters.add(sink, token, deadlineMs, acknowledge);
    if (this.#open.bytes >= this.#batchBytesMax) this.#closeOpen();
    return true;
  }

  /** Proposes as many batches as may be under way. */
  propose(): void {
    while (this.queuedBytes > 0 && this.#mayPropose()) {
      if (this.#full.length === 0) this.#closeOpen();
      const { record, count, waiters, submittedMs } = this.#full[0]!;
      const bytes = record.length;
      if (this.#unappliedBytes > 0 && this.#unappliedBytes + bytes > this.#limits.uncommittedBytesMax) return;
      const seal = (header: BatchHeader): Buffer => {
        sealRecord(record, this.#group, header);
        return record;
      };
      const result = this.#raft.propose(count, bytes, seal);
      if (!result.accepted) return;
      this.#full.shift();
      this.#fullBytes -= bytes;
      const { term, firstIndex, lastIndex } = result;
      const proposedMs = this.#nowMs();
      this.#proposed.push({ term, firstIndex, lastIndex, bytes, waiters, submittedMs, proposedMs });
      this.#unappliedBytes += bytes;
      this.#tap.collector?.proposed({ term, firstIndex, lastIndex, bytes, submittedMs, proposedMs });
      this.#onProposed(lastIndex, bytes);
    }
  }

  /** From now on batches are, or are not, carried by followers instead of being sent by the leader itself. */
  areCarried(areCarried: boolean): void {
    this.#areCarried = areCarried;
  }

  get #batchBytesMax(): number {
    const { batchBytesMax } = this.#limits;
    return this.#areCarried ? Math.min(batchBytesMax, carriedBatchBytesMax) : batchBytesMax;
  }

  /** A batch that is not full waits while others are under way: more may come for it. */
  #mayPropose(): boolean {
    const underWay = this.#underWay();
    if (underWay < this.#limits.batchesUnderWayMax) return true;
    return this.#areCarried && this.#full.length > 0 && underWay < carriedBytesUnderWayMax / this.#batchBytesMax;
  }

  /** The waiters of a batch that is about to be applied, if it was proposed here. */
  takeWaiters(batch: Batch): Waiters | undefined {
    const oldest = this.#proposed[0];
    if (oldest === undefined || oldest.firstIndex > lastIndexOf(batch)) return undefined;
    this.#proposed.shift();
    this.#unappliedBytes -= oldest.bytes;
    return oldest.term === batch.term ? oldest.waiters : undefined;
  }

  /** Everything up to `index` has come so far, and is not applied here yet: tells those who asked to be told. */
  accepted(index: Index, how: EarlyAcknowledgement): void {
    for (const { lastIndex, waiters } of this.#proposed) {
      if (lastIndex > index) return;
      waiters.accept(how);
    }
  }

  /** This node no longer leads, or stops: nobody here can tell any more what becomes of what was proposed. */
  failAll(proposedCode: ReplicaErrorCode, queuedCode: ReplicaErrorCode, leader: NodeId | undefined): void {
    if (this.#open.count > 0) this.#closeOpen();
    const proposed = this.#proposed.splice(0);
    const queued = this.#full.splice(0);
    this.#unappliedBytes = 0;
    this.#fullBytes = 0;
    for (const { waiters } of proposed) waiters.failAll(proposedCode, leader);
    for (const { waiters } of queued) waiters.failAll(queuedCode, leader);
  }

  expire(nowMs: number): void {
    for (const { waiters } of this.#proposed) waiters.expire(nowMs);
    for (const { waiters } of this.#full) waiters.expire(nowMs);
    this.#openWaiters.expire(nowMs);
  }

  /** What has waited longest for its outcome. */
  oldest(): OldestProposal | undefined {
    const [proposed] = this.#proposed;
    if (proposed !== undefined) {
      const { submittedMs, proposedMs: atMs, firstIndex, lastIndex } = proposed;
      return { submittedMs, entries: lastIndex - firstIndex + 1, proposed: { atMs, lastIndex } };
    }
    const [queued] = this.#full;
    if (queued !== undefined) return { submittedMs: queued.submittedMs, entries: queued.count };
    return this.#open.count > 0 ? { submittedMs: this.#openSinceMs, entries: this.#open.count } : undefined;
  }

  #underWay(): number {
    let underWay = 0;
    for (let i = this.#proposed.length - 1; i >= 0 && this.#proposed[i]!.lastIndex > this.#raft.commitIndex; i--)
      underWay++;
    return underWay;
  }

  #closeOpen(): void {
    const queued = { ...this.#open.take(), waiters: this.#openWaiters, submittedMs: this.#openSinceMs };
    this.#full.push(queued);
    this.#fullBytes += queued.record.length;
    this.#openWaiters = new Waiters();
  }
}
