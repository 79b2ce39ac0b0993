// The way of a proposal to whoever leads: into this node's queue, to another node, or into a waiting room until it is known
// who leads. The submitter's sink hears exactly once what became of it.

import { type NodeId, type Raft, Role, type RoleEffect } from '@balsa/raft';
import type { Acknowledgement } from '@balsa/wire';
import type { ReplicaErrorCode } from '../errors.ts';
import type { Clock, ForwardAccepted, ForwardedProposal, ForwardReply, PeerFrame } from '../ports.ts';
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import { ForwardedSink, Forwarder } from './forwarder.ts';
import type { HostLimits, HostTiming } from './host-options.ts';
import type { ProposalQueue } from './proposal-queue.ts';
import { RequestIds } from './request-ids.ts';
import type { Submit } from './submission.ts';
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
  readonly refusalFor: (payload: Uint8Array, acknowledge: Acknowledgement) => ReplicaErrorCode | undefined;
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

  submit: Submit = (payload, deadlineMs, sink, token, acknowledge) => {
    const { raft, refusalFor } = this.#ports;
    const refusal = refusalFor(payload, acknowledge);
    if (refusal !== undefined) sink.failed(token, refusal, undefined);
    else if (raft.role === Role.leader) this.submitHere(payload, deadlineMs, sink, token, acknowledge);
    else if (raft.leader === undefined) this.#submitLater(payload, deadlineMs, sink, token, acknowledge);
    else this.#forwarder.forward(raft.leader, payload, deadlineMs, sink, token, acknowledge);
  };

  onForwarded(from: NodeId, { requestId, payload, acknowledge }: ForwardedProposal): void {
    const { raft, refusalFor, send, clock, limits } = this.#ports;
    let sink = this.#forwardedSinks.get(from);
    if (sink === undefined) {
      sink = new ForwardedSink(from, send);
      this.#forwardedSinks.set(from, sink);
    }
    const refusal = raft.role === Role.leader ? refusalFor(payload, acknowledge) : 'NOT_LEADER';
    if (refusal !== undefined) sink.failed(requestId, refusal);
    else this.submitHere(payload, clock.nowMs() + limits.forwardedDeadlineMs, sink, requestId, acknowledge);
  }

  onForwardAccepted(from: NodeId, accepted: ForwardAccepted): void {
    this.#forwarder.onAccepted(from, accepted);
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
      this.#waitingRoom.empty(this.submit);
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
  submitHere: Submit = (payload, deadlineMs, sink, token, acknowledge) => {
    const { proposals, nodeId, clock, propose } = this.#ports;
    if (!proposals.add(payload, deadlineMs, sink, token, acknowledge)) {
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
  };

  /** No leader is known. An election rarely takes longer than its timeout; after that, there is no quorum. */
  #submitLater: Submit = (payload, deadlineMs, sink, token, acknowledge) => {
    const { clock, timing } = this.#ports;
    const giveUpMs = Math.min(deadlineMs, (this.#leaderlessSinceMs ?? clock.nowMs()) + timing.electionTimeoutMs);
    const times = { deadlineMs, giveUpMs };
    if (giveUpMs <= clock.nowMs()) sink.failed(token, 'NO_QUORUM', undefined);
    else if (!this.#waitingRoom.add(payload, times, sink, token, acknowledge)) sink.failed(token, 'BUSY', undefined);
  };
}
