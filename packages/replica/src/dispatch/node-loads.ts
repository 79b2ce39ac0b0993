// What nodes send to each other, of all groups: each measures its own, and tells the others, whose leaders choose relays by it.

import type { NodeId } from '@balsa/raft';

/** Over how long a rate is taken; and how long what another node told is believed. */
const windowMs = 2000;
const slots = 8;
const slotMs = windowMs / slots;
/** Below this, a node is idle, and does not say so again and again. */
const idleBytesPerSecond = 4096;

export class NodeLoads {
  /** A ring of sums, one for each slot of time. */
  readonly #sums = new Float64Array(slots);
  #slot = 0;
  readonly #peers = new Map<NodeId, { readonly bytesPerSecond: number; readonly atMs: number }>();
  #toldIdle = true;

  sent(bytes: number, nowMs: number): void {
    this.#moveOn(nowMs);
    this.#sums[this.#slot % slots]! += bytes;
  }

  /** What this node has sent of late. */
  ownBytesPerSecond(nowMs: number): number {
    this.#moveOn(nowMs);
    return Math.round((this.#sums.reduce((sum, bytes) => sum + bytes, 0) * 1000) / windowMs);
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
    return told === undefined || nowMs - told.atMs > windowMs ? 0 : told.bytesPerSecond;
  }

  #moveOn(nowMs: number): void {
    const now = Math.floor(nowMs / slotMs);
    if (now - this.#slot >= slots) this.#sums.fill(0);
    else for (let slot = this.#slot + 1; slot <= now; slot++) this.#sums[slot % slots] = 0;
    this.#slot = Math.max(this.#slot, now);
  }
}
