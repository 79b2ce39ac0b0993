// Does the leader's link seem to be full? Heartbeats wait for no disk, and travel behind what was sent before them on the same connection:
// if even the quickest follower takes far longer to answer one than it can, something between here and there is full, or busy. How late this
// process is itself is taken off: that is no matter of the link.

import type { NodeId } from '@balsa/raft';

interface PeerTimes {
  /** The round that is being timed; `undefined`: none. */
  timed: { readonly round: number; readonly sentMs: number } | undefined;
  newestMs: number | undefined;
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
      peer = { timed: undefined, newestMs: undefined, recentMs: undefined, leastMs: leastMsMax };
      this.#peers.set(to, peer);
    }
    if (peer.timed === undefined || nowMs - peer.timed.sentMs >= patienceMs) peer.timed = { round, sentMs: nowMs };
  }

  heartbeatAnswered(from: NodeId, round: number, nowMs: number): void {
    const peer = this.#peers.get(from);
    if (peer?.timed?.round !== round) return;
    const ms = nowMs - peer.timed.sentMs;
    peer.timed = undefined;
    peer.newestMs = ms;
    peer.leastMs = Math.min(peer.leastMs, ms);
    peer.recentMs = peer.recentMs === undefined ? ms : peer.recentMs + newestPart * (ms - peer.recentMs);
  }

  /** The last time, or for as long as an answer is overdue; `undefined`: nothing is known. */
  newestMs(node: NodeId, nowMs: number): number | undefined {
    const peer = this.#peers.get(node);
    return peer && withOverdue(peer.newestMs, peer, nowMs);
  }

  /**
   * `nodes`: those that matter. What is not answered yet counts for as long as it has taken. `lagMs`: how late this process comes to what
   * is due. By so much an answer waits here, and as a rule no question waits longer there, where there is less to do.
   */
  seemsFull(nodes: readonly NodeId[], nowMs: number, lagMs: number): boolean {
    let isKnown = false;
    for (const node of nodes) {
      const peer = this.#peers.get(node);
      const roundTripMs = peer && withOverdue(peer.recentMs, peer, nowMs);
      if (roundTripMs === undefined) continue;
      if (roundTripMs - 2 * lagMs < Math.max(farLongerMs, farLonger * peer!.leastMs)) return false;
      isKnown = true;
    }
    return isKnown;
  }

  clear(): void {
    this.#peers.clear();
  }
}

function withOverdue(ms: number | undefined, { timed }: PeerTimes, nowMs: number): number | undefined {
  return ms === undefined ? undefined : Math.max(ms, timed === undefined ? 0 : nowMs - timed.sentMs);
}
