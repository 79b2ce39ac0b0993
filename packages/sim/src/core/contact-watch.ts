// How long a leader has gone without hearing from a quorum, in its own ticks: a paused process cannot know that time went on.

import type { NodeId } from '@balsa/raft';

export class ContactWatch {
  /** Others that make a quorum together with the member itself. */
  readonly #othersNeeded: number;
  readonly #lastHeardTick = new Map<NodeId, number>();
  #nowTick = 0;
  #ledSinceTick: number | undefined;

  constructor(members: number) {
    this.#othersNeeded = Math.floor(members / 2);
  }

  /** The process begins anew. */
  restart(): void {
    this.#lastHeardTick.clear();
    this.#nowTick = 0;
    this.#ledSinceTick = undefined;
  }

  heard(from: NodeId): void {
    this.#lastHeardTick.set(from, this.#nowTick);
  }

  /** A tick has passed. Returns for how many ticks the member has now led in silence; 0 if it does not lead. */
  tick(leads: boolean): number {
    this.#nowTick++;
    if (!leads) this.#ledSinceTick = undefined;
    else this.#ledSinceTick ??= this.#nowTick;
    if (this.#ledSinceTick === undefined || this.#othersNeeded === 0) return 0;
    const newestFirst = [...this.#lastHeardTick.values()].sort((a, b) => b - a);
    const quorumHeardTick = newestFirst[this.#othersNeeded - 1] ?? 0;
    return this.#nowTick - Math.max(quorumHeardTick, this.#ledSinceTick);
  }
}
