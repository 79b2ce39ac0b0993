// Linearizable reads without writing (ReadIndex, Raft dissertation section 6.4). A read may be served at the commit index
// of its arrival, once a heartbeat round that began later has proven that the leader still led. All reads that arrive
// while a round is on its way share the next one.

import type { Index, NodeId } from './types.ts';

export interface PendingRead {
  readonly from: NodeId;
  readonly requestId: number;
}

interface ReadRound {
  readonly round: number;
  readonly readIndex: Index;
  readonly reads: readonly PendingRead[];
}

export class ReadQueue {
  #arrived: PendingRead[] = [];
  #rounds: ReadRound[] = [];

  get isEmpty(): boolean {
    return this.#arrived.length === 0 && this.#rounds.length === 0;
  }

  add(read: PendingRead): void {
    this.#arrived.push(read);
  }

  /** Are there reads that no round covers yet, and none on its way that they would have to wait for? */
  wantsRound(): boolean {
    return this.#arrived.length > 0 && this.#rounds.length === 0;
  }

  /** A heartbeat round begins: it covers everything that has arrived. */
  roundBegins(round: number, commitIndex: Index): void {
    if (this.#arrived.length === 0) return;
    this.#rounds.push({ round, readIndex: commitIndex, reads: this.#arrived });
    this.#arrived = [];
  }

  /** A quorum has answered `round`: calls `serve` for every read that it, or an earlier round, covers. */
  confirmed(round: number, serve: (read: PendingRead, readIndex: Index) => void): void {
    while (this.#rounds.length > 0 && this.#rounds[0]!.round <= round) {
      const { reads, readIndex } = this.#rounds.shift()!;
      for (const read of reads) serve(read, readIndex);
    }
  }

  /** Leadership ends: hands out every read that waits, unserved. */
  drain(): PendingRead[] {
    const waiting = [...this.#rounds.flatMap((round) => round.reads), ...this.#arrived];
    this.#rounds = [];
    this.#arrived = [];
    return waiting;
  }
}
