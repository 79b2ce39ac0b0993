// What nodes send to each other, of all groups: each measures its own, and tells the others, whose leaders choose relays by it.

import type { NodeId } from '@balsa/raft';
import { RecentSum, recentMs } from './recent-sum.ts';

/** What this node has sent to another. */
export interface SentTraffic {
  readonly sentMessages: number;
  readonly sentBytes: number;
  /** Over the last two seconds. */
  readonly sentMessagesPerSecond: number;
  readonly sentBytesPerSecond: number;
}

/** Below this, a node is idle, and does not say so again and again. */
const idleBytesPerSecond = 4096;

export class NodeLoads {
  readonly #own = new RecentSum();
  readonly #sent = new Map<NodeId, SentCounter>();
  readonly #peers = new Map<NodeId, { readonly bytesPerSecond: number; readonly atMs: number }>();
  #toldIdle = true;

  sent(to: NodeId, bytes: number, nowMs: number): void {
    this.#own.add(bytes, nowMs);
    let counter = this.#sent.get(to);
    if (counter === undefined) {
      counter = new SentCounter();
      this.#sent.set(to, counter);
    }
    counter.sent(bytes, nowMs);
  }

  /** What this node has sent of late. */
  ownBytesPerSecond(nowMs: number): number {
    return this.#own.perSecond(nowMs);
  }

  /** What this node has sent to another. */
  sentTo(peer: NodeId, nowMs: number): SentTraffic {
    return (this.#sent.get(peer) ?? new SentCounter()).report(nowMs);
  }

  /** What is to be told to the others now; `undefined`: they know that this node is idle. */
  toTell(nowMs: number): number | undefined {
    const own = this.ownBytesPerSecond(nowMs);
    const isIdle = own < idleBytesPerSecond;
    if (isIdle && this.#toldIdle) return undefined;
    this.#toldIdle = isIdle;
    return own;
  }

  told(peer: NodeId, bytesPerSecond: number, nowMs: number): void {
    this.#peers.set(peer, { bytesPerSecond, atMs: nowMs });
  }

  forget(peer: NodeId): void {
    this.#peers.delete(peer);
  }

  /** What another node said last; idle if it has not said anything for long. */
  ofPeer(peer: NodeId, nowMs: number): number {
    const told = this.#peers.get(peer);
    return told === undefined || nowMs - told.atMs > recentMs ? 0 : told.bytesPerSecond;
  }
}

class SentCounter {
  #messages = 0;
  #bytes = 0;
  readonly #recentMessages = new RecentSum();
  readonly #recentBytes = new RecentSum();

  sent(bytes: number, nowMs: number): void {
    this.#messages++;
    this.#bytes += bytes;
    this.#recentMessages.add(1, nowMs);
    this.#recentBytes.add(bytes, nowMs);
  }

  report(nowMs: number): SentTraffic {
    return {
      sentMessages: this.#messages,
      sentBytes: this.#bytes,
      sentMessagesPerSecond: this.#recentMessages.perSecond(nowMs),
      sentBytesPerSecond: this.#recentBytes.perSecond(nowMs),
    };
  }
}
