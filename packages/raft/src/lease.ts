// Reads without asking anybody (Raft dissertation, section 6.4.1). Where leases are agreed upon, whoever answers a heartbeat
// promises to help nobody else to leadership for an election timeout from then on. So, for a shorter time counted from when
// a heartbeat round began that a quorum has answered, there can be no other leader.

import type { Quorum } from './quorum.ts';
import type { NodeId } from './types.ts';

interface Round {
  readonly round: number;
  readonly beganMs: number;
}

/** Rounds that may still be answered in time. Older answers prove nothing that a newer one would not. */
const roundsMax = 64;

export class Lease {
  #rounds: Round[] = [];
  /** When the newest round began that the member has answered. */
  readonly #followedAtMs = new Map<NodeId, number>();
  /** The same, of answers that promise loyalty. */
  readonly #promisedAtMs = new Map<NodeId, number>();
  #firstPromisingRound = 0;

  roundBegins(round: number, nowMs: number): void {
    this.#rounds.push({ round, beganMs: nowMs });
    if (this.#rounds.length > roundsMax) this.#rounds.shift();
  }

  /** The member has answered `round`, and keeps to the rules of leases. */
  answered(node: NodeId, round: number): void {
    if (round >= this.#firstPromisingRound) note(this.#promisedAtMs, node, this.#rounds, round);
  }

  /** The member has answered `round`: when that began, it followed nobody else. */
  followed(node: NodeId, round: number): void {
    note(this.#followedAtMs, node, this.#rounds, round);
  }

  /** When the newest round began that a quorum has answered. 0: none was. */
  loyalSinceMs(quorum: Quorum, leader: NodeId, nowMs: number): number {
    return quorum.highestReached((node) => (node === leader ? nowMs : (this.#followedAtMs.get(node) ?? 0)));
  }

  /** No promise counts any more that was, or will be, given for a round that has begun. */
  forfeit(): void {
    this.#promisedAtMs.clear();
    this.#firstPromisingRound = (this.#rounds.at(-1)?.round ?? 0) + 1;
  }

  /** Is a quorum loyal, the leader itself included, for `leaseMs` from the beginning of the round that it answered? */
  holds(quorum: Quorum, leader: NodeId, nowMs: number, leaseMs: number): boolean {
    return quorum.isReachedBy((node) => {
      const sinceMs = node === leader ? nowMs : (this.#promisedAtMs.get(node) ?? Number.NEGATIVE_INFINITY);
      return nowMs - sinceMs < leaseMs;
    });
  }
}

function note(at: Map<NodeId, number>, node: NodeId, rounds: readonly Round[], round: number): void {
  const beganMs = rounds.find((known) => known.round === round)?.beganMs;
  if (beganMs !== undefined) at.set(node, Math.max(beganMs, at.get(node) ?? Number.NEGATIVE_INFINITY));
}
