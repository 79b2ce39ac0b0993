// Proposals that reached a member that does not lead travel to the one that does, and their answers travel back.
// A forwarded proposal is not forwarded again: with two opinions about who leads it would circle.

import type { NodeId } from '@balsa/raft';
import type { Acknowledgement, EarlyAcknowledgement } from '@balsa/wire';
import type { ReplicaErrorCode } from '../errors.ts';
import type { ForwardAccepted, ForwardReply, PeerFrame } from '../ports.ts';
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import { forwardCodeOf, forwardErrorOf } from './forward-codes.ts';
import type { RequestIds } from './request-ids.ts';
import { type SubmitSink, submitterBytes } from './submission.ts';

type SendFrame = (to: NodeId, frame: PeerFrame) => boolean;

interface Forwarded {
  readonly to: NodeId;
  readonly sink: SubmitSink;
  readonly token: number;
  readonly deadlineMs: number;
  /** Known if statistics are collected. */
  readonly sentMs: number | undefined;
}

/** The forwarding side: remembers who asked. */
export class Forwarder {
  readonly #send: SendFrame;
  readonly #pendingMax: number;
  readonly #requestIds: RequestIds;
  readonly #tap: StatisticsTap;
  readonly #pending = new Map<number, Forwarded>();

  /** `bytesMax` bounds what is remembered of proposals that wait for their answer. */
  constructor(send: SendFrame, bytesMax: number, requestIds: RequestIds, tap: StatisticsTap) {
    this.#send = send;
    this.#requestIds = requestIds;
    this.#tap = tap;
    this.#pendingMax = Math.floor(bytesMax / submitterBytes);
  }

  /** Proposals that wait for their answer. */
  get pending(): number {
    return this.#pending.size;
  }

  forward(
    to: NodeId,
    payload: Uint8Array,
    deadlineMs: number,
    sink: SubmitSink,
    token: number,
    acknowledge: Acknowledgement = 'applied',
  ): void {
    const requestId = this.#requestIds.next();
    const hasRoom = this.#pending.size < this.#pendingMax;
    if (hasRoom && this.#send(to, { kind: 'forward', proposal: { requestId, payload, acknowledge } })) {
      this.#pending.set(requestId, { to, sink, token, deadlineMs, sentMs: this.#tap.collector?.nowMs() });
    } else {
      sink.failed(token, 'BUSY', to);
    }
  }

  onAccepted(from: NodeId, { requestId, how }: ForwardAccepted): void {
    const forwarded = this.#pending.get(requestId);
    if (forwarded?.to === from) forwarded.sink.accepted?.(forwarded.token, how);
  }

  onReply(from: NodeId, reply: ForwardReply): void {
    const forwarded = this.#pending.get(reply.requestId);
    if (forwarded === undefined || forwarded.to !== from) return;
    this.#pending.delete(reply.requestId);
    if (forwarded.sentMs !== undefined) this.#tap.collector?.forwarded(forwarded.sentMs);
    const error = forwardErrorOf(reply.code);
    if (error === undefined) forwarded.sink.completed(forwarded.token, reply.index, reply.result);
    else forwarded.sink.failed(forwarded.token, error, from);
  }

  /** What was under way to this peer may or may not arrive. */
  onPeerDown(peer: NodeId): void {
    this.#failWhere((forwarded) => forwarded.to === peer, 'LEADER_CHANGED');
  }

  expire(nowMs: number): void {
    if (this.#pending.size > 0) this.#failWhere((forwarded) => forwarded.deadlineMs <= nowMs, 'DEADLINE_EXCEEDED');
  }

  failAll(code: ReplicaErrorCode): void {
    this.#failWhere(() => true, code);
  }

  #failWhere(concerns: (forwarded: Forwarded) => boolean, code: ReplicaErrorCode): void {
    // Picked out first: a sink may submit again at once, and what is new does not fail with the old.
    const failed = [...this.#pending].filter(([, forwarded]) => concerns(forwarded));
    for (const [requestId] of failed) this.#pending.delete(requestId);
    for (const [, { sink, token }] of failed) sink.failed(token, code, undefined);
  }
}

/** The leading side: answers the peer that forwarded. One sink per peer; its tokens are the peer's request ids. */
export class ForwardedSink implements SubmitSink {
  readonly #peer: NodeId;
  readonly #send: SendFrame;

  constructor(peer: NodeId, send: SendFrame) {
    this.#peer = peer;
    this.#send = send;
  }

  accepted(token: number, how: EarlyAcknowledgement): void {
    this.#send(this.#peer, { kind: 'forwardAccepted', accepted: { requestId: token, how } });
  }

  completed(token: number, index: number, result: Uint8Array): void {
    this.#send(this.#peer, { kind: 'forwardReply', reply: { requestId: token, code: 0, index, result } });
  }

  failed(token: number, code: ReplicaErrorCode): void {
    const reply = { requestId: token, code: forwardCodeOf(code), index: 0, result: new Uint8Array() };
    this.#send(this.#peer, { kind: 'forwardReply', reply });
  }
}
