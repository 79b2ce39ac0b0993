// A leader's attempt to make another member lead (Raft dissertation, section 3.10). While it lasts nothing new is proposed,
// so that the successor can catch up; it is given up after an election timeout, and not tried again at once.

import type { Core } from '../core.ts';
import type { NodeId } from '../types.ts';

/** Election timeouts that a new leader leads before it hands over by itself; after an attempt that failed, it waits longer. */
const pauseTimeouts = 2;
const pauseTimeoutsAfterFailure = 10;

export class Handover {
  readonly #core: Core;
  #successor: NodeId | undefined;
  #giveUpTick = 0;
  #mayBeginTick: number;

  constructor(core: Core) {
    this.#core = core;
    this.#mayBeginTick = core.nowTick + pauseTimeouts * core.config.electionTicks;
  }

  get isUnderWay(): boolean {
    return this.#successor !== undefined;
  }

  get successor(): NodeId | undefined {
    return this.#successor;
  }

  /** May the leader hand over without being asked? */
  mayBegin(): boolean {
    return this.#core.nowTick >= this.#mayBeginTick;
  }

  begin(successor: NodeId): void {
    this.#successor = successor;
    this.#giveUpTick = this.#core.nowTick + this.#core.config.electionTicks;
  }

  tick(): void {
    if (this.#successor === undefined || this.#core.nowTick < this.#giveUpTick) return;
    const to = this.#successor;
    this.#successor = undefined;
    this.#mayBeginTick = this.#core.nowTick + pauseTimeoutsAfterFailure * this.#core.config.electionTicks;
    this.#core.emit({ type: 'transferFailed', to });
  }
}
