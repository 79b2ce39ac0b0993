// Reads without asking anybody (Raft dissertation, section 6.4.1). Whoever answers a heartbeat promises to help nobody else to
// leadership for an election timeout from then on. So, for a shorter time counted from when a heartbeat round began that a
// quorum has answered, there can be no other leader.

import type { Quorum } from './quorum.ts';
import type { NodeId } from './types.ts';

/** Rounds that may still be answered in time. Older answers prove nothing that a newer one would not. */
const roundsMax = 64;

export class Lease {
  #rounds: { readonly round: number; readonly beganMs: number }[] = [];
  /** When the newest round began that the member has answered. */
  readonly #loyalSinceMs = new Map<NodeId, number>();

  roundBegins(round: number, nowMs: number): void {
    this.#rounds.push({ round, beganMs: nowMs });
    if (this.#rounds.length > roundsMax) this.#rounds.shift();
  }

  /** The member has answered `round`, and keeps to the rules of leases. */
  answered(node: NodeId, round: number): void {
    const beganMs = this.#rounds.find((known) => known.round === round)?.beganMs;
    if (beganMs === undefined) return;
    this.#loyalSinceMs.set(node, Math.max(beganMs, this.#loyalSinceMs.get(node) ?? Number.NEGATIVE_INFINITY));
  }

  /** Nobody's promise counts any more. */
  forfeit(): void {
    this.#loyalSinceMs.clear();
    this.#rounds = [];
  }

  /** Is a quorum loyal, the leader itself included, for `leaseMs` from the beginning of the round that it answered? */
  holds(quorum: Quorum, leader: NodeId, nowMs: number, leaseMs: number): boolean {
    return quorum.isReachedBy((node) => {
      const sinceMs = node === leader ? nowMs : (this.#loyalSinceMs.get(node) ?? Number.NEGATIVE_INFINITY);
      return nowMs - sinceMs < leaseMs;
    });
  }
}
