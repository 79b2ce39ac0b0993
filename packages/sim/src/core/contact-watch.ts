// For how long a leader goes on without hearing from a quorum, in its own ticks: a paused process cannot know that time went on.

import type { Configuration, NodeId } from '@balsa/raft';
import { isQuorum } from '../majorities.ts';

export class ContactWatch {
  readonly #id: NodeId;
  readonly #silentTicksMax: number;
  readonly #lastHeardTick = new Map<NodeId, number>();
  #nowTick = 0;
  #ledSinceTick: number | undefined;

  constructor(id: NodeId, silentTicksMax: number) {
    this.#id = id;
    this.#silentTicksMax = silentTicksMax;
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

  /** A tick has passed. Does the member lead, and has it led for too long in silence? */
  tick(leads: boolean, configuration: Configuration): boolean {
    this.#nowTick++;
    if (!leads) this.#ledSinceTick = undefined;
    else this.#ledSinceTick ??= this.#nowTick;
    if (this.#ledSinceTick === undefined || this.#nowTick - this.#ledSinceTick <= this.#silentTicksMax) return false;
    return !isQuorum(configuration, (node) => node === this.#id || this.hasHeardWithin(node, this.#silentTicksMax));
  }

  /** Has it heard of the node in the last so many ticks? */
  hasHeardWithin(node: NodeId, ticks: number): boolean {
    const heardTick = this.#lastHeardTick.get(node);
    return heardTick !== undefined && this.#nowTick - heardTick <= ticks;
  }
}
