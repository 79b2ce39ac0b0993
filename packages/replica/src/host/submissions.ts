// The way of a proposal to whoever leads: into this node's queue, to another node, or into a waiting room until it is known
// who leads. The submitter's sink hears exactly once what became of it.

import { type NodeId, type Raft, Role, type RoleEffect } from '@balsa/raft';
import type { ReplicaErrorCode } from '../errors.ts';
import type { Clock, ForwardReply, PeerFrame } from '../ports.ts';
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import { ForwardedSink, Forwarder } from './forwarder.ts';
import type { HostLimits, HostTiming } from './host-options.ts';
import type { ProposalQueue } from './proposal-queue.ts';
import { RequestIds } from './request-ids.ts';
import type { SubmitSink } from './submission.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface SubmissionsPorts {
  readonly nodeId: NodeId;
  readonly raft: Raft;
  readonly proposals: ProposalQueue;
  readonly clock: Clock;
  readonly timing: HostTiming;
  readonly limits: HostLimits;
  readonly firstRequestId: number;
  readonly tap: StatisticsTap;
  readonly send: (to: NodeId, frame: PeerFrame) => boolean;
  /** Why this payload is not taken here; `undefined`: it is. */
  readonly refusalFor: (payload: Uint8Array) => ReplicaErrorCode | undefined;
  /** Proposes what is queued. */
  readonly propose: () => void;
}

export class Submissions {
  readonly #ports: SubmissionsPorts;
  readonly #forwarder: Forwarder;
  readonly #forwardedSinks = new Map<NodeId, ForwardedSink>();
  readonly #waitingRoom: WaitingRoom;
  /** Since when no leader is known; `undefined` while one is. */
  #leaderlessSinceMs: number | undefined;
  #proposing = false;

  constructor(ports: SubmissionsPorts) {
    const { limits, clock, tap } = ports;
    this.#ports = ports;
    this.#forwarder = new Forwarder(ports.send, limits.queuedBytesMax, new RequestIds(ports.firstRequestId), tap);
    this.#waitingRoom = new WaitingRoom(limits.queuedBytesMax, tap);
    this.#leaderlessSinceMs = clock.nowMs();
  }

  /** Does nobody wait? */
  get isIdle(): boolean {
    const { proposals } = this.#ports;
    return this.#waitingRoom.bytes === 0 && this.#forwarder.pending === 0 && proposals.oldest() === undefined;
  }

  /** Bytes of what waits for a leader. */
  get waitingBytes(): number {
    return this.#waitingRoom.bytes;
  }

  submit(payload: Uint8Array, deadlineMs: number, sink: SubmitSink, token: number): void {
    const { raft, refusalFor } = this.#ports;
    const refusal = refusalFor(payload);
    if (refusal !== undefined) sink.failed(token, refusal, undefined);
    else if (raft.role === Role.leader) this.submitHere(payload, deadlineMs, sink, token);
    else if (raft.leader !== undefined) this.#forwarder.forward(raft.leader, payload, deadlineMs, sink, token);
    else this.#submitLater(payload, deadlineMs, sink, token);
  }

  onForwarded(from: NodeId, requestId: number, payload: Uint8Array): void {
    const { raft, refusalFor, send, clock, limits } = this.#ports;
    let sink = this.#forwardedSinks.get(from);
    if (sink === undefined) {
      sink = new ForwardedSink(from, send);
      this.#forwardedSinks.set(from, sink);
    }
    const refusal = raft.role === Role.leader ? refusalFor(payload) : 'NOT_LEADER';
    if (refusal !== undefined) sink.failed(requestId, refusal);
    else this.submitHere(payload, clock.nowMs() + limits.forwardedDeadlineMs, sink, requestId);
  }

  onForwardReply(from: NodeId, reply: ForwardReply): void {
    this.#forwarder.onReply(from, reply);
  }

  onPeerDown(peer: NodeId): void {
    this.#forwarder.onPeerDown(peer);
  }

  onRole(effect: RoleEffect): void {
    const { proposals, clock } = this.#ports;
    this.#leaderlessSinceMs = effect.leader === undefined ? (this.#leaderlessSinceMs ?? clock.nowMs()) : undefined;
    if (effect.role !== Role.leader) proposals.failAll('LEADER_CHANGED', 'NOT_LEADER', effect.leader);
    if (effect.leader !== undefined) {
      this.#forwarder.failAll('LEADER_CHANGED');
      this.#waitingRoom.empty((payload, deadlineMs, sink, token) => this.submit(payload, deadlineMs, sink, token));
    }
  }

  expire(nowMs: number): void {
    this.#ports.proposals.expire(nowMs);
    this.#forwarder.expire(nowMs);
    this.#waitingRoom.expire(nowMs);
  }

  giveUpAll(code: ReplicaErrorCode): void {
    this.#ports.proposals.failAll(code, code, undefined);
    this.#forwarder.failAll(code);
    this.#waitingRoom.failAll(code);
  }

  /** On the leader: into its next batch. */
  submitHere(payload: Uint8Array, deadlineMs: number, sink: SubmitSink, token: number): void {
    const { proposals, nodeId, clock, propose } = this.#ports;
    if (!proposals.add(payload, deadlineMs, sink, token)) {
      sink.failed(token, 'BUSY', nodeId);
      return;
    }
    if (this.#proposing) return;
    // Whatever else arrives in this turn goes into the same batch.
    this.#proposing = true;
    clock.defer(() => {
      this.#proposing = false;
      propose();
    });
  }

  /** No leader is known. An election rarely takes longer than its timeout; after that, there is no quorum. */
  #submitLater(payload: Uint8Array, deadlineMs: number, sink: SubmitSink, token: number): void {
    const { clock, timing } = this.#ports;
    const giveUpMs = Math.min(deadlineMs, (this.#leaderlessSinceMs ?? clock.nowMs()) + timing.electionTimeoutMs);
    if (giveUpMs <= clock.nowMs()) sink.failed(token, 'NO_QUORUM', undefined);
    else if (!this.#waitingRoom.add(payload, deadlineMs, giveUpMs, sink, token)) sink.failed(token, 'BUSY', undefined);
  }
}
