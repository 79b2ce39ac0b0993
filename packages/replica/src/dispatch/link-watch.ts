// Does the leader's link seem to be full? Heartbeats wait for no disk, and travel behind what was sent before them on the same connection:
// if even the quickest follower takes far longer to answer one than it can, something between here and there is full, or busy.

import type { NodeId } from '@balsa/raft';

interface PeerTimes {
  /** The round that is being timed; `undefined`: none. */
  timed: { readonly round: number; readonly sentMs: number } | undefined;
  /** Average that follows the newest. */
  recentMs: number | undefined;
  leastMs: number;
}

/** How much of the average the newest is. */
const newestPart = 0.3;
/** Longer than the shortest by this factor is far longer, and no less than so many milliseconds. */
const farLonger = 4;
const farLongerMs = 5;
/** No follower can be further away than this: who leads from the first moment under load has never seen an empty link. */
const leastMsMax = 50;
/** A round that was not answered for so long was lost: behind a full link, answers take seconds. */
const patienceMs = 10_000;

export class LinkWatch {
  readonly #peers = new Map<NodeId, PeerTimes>();

  heartbeatSent(to: NodeId, round: number, nowMs: number): void {
    let peer = this.#peers.get(to);
    if (peer === undefined) {
      peer = { timed: undefined, recentMs: undefined, leastMs: leastMsMax };
      this.#peers.set(to, peer);
    }
    if (peer.timed === undefined || nowMs - peer.timed.sentMs >= patienceMs) peer.timed = { round, sentMs: nowMs };
  }

  heartbeatAnswered(from: NodeId, round: number, nowMs: number): void {
    const peer = this.#peers.get(from);
    if (peer?.timed?.round !== round) return;
    const ms = nowMs - peer.timed.sentMs;
    peer.timed = undefined;
    peer.leastMs = Math.min(peer.leastMs, ms);
    peer.recentMs = peer.recentMs === undefined ? ms : peer.recentMs + newestPart * (ms - peer.recentMs);
  }

  /** Of late, or for as long as an answer is overdue; `undefined`: nothing is known. */
  roundTripMs(node: NodeId, nowMs: number): number | undefined {
    const peer = this.#peers.get(node);
    if (peer?.recentMs === undefined) return undefined;
    return Math.max(peer.recentMs, peer.timed === undefined ? 0 : nowMs - peer.timed.sentMs);
  }

  /** `nodes`: those that matter. What is not answered yet counts for as long as it has taken. */
  seemsFull(nodes: readonly NodeId[], nowMs: number): boolean {
    let isKnown = false;
    for (const node of nodes) {
      const roundTripMs = this.roundTripMs(node, nowMs);
      if (roundTripMs === undefined) continue;
      if (roundTripMs < Math.max(farLongerMs, farLonger * this.#peers.get(node)!.leastMs)) return false;
      isKnown = true;
    }
    return isKnown;
  }

  clear(): void {
    this.#peers.clear();
  }
}
