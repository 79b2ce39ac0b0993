// An idle group costs nothing: once everybody holds everything, its leader asks for silence with a heartbeat, and when all
// within reach have agreed, nobody sends anything and nobody's time passes, until somebody wants the group.

import type { Core } from '../core.ts';

export class Hibernation {
  readonly #core: Core;
  #lastActivityTick: number;
  /** The first of the rounds, one after the other, that asked for silence; `undefined`: the newest did not. */
  #askedSinceRound: number | undefined;
  #isAsleep = false;

  constructor(core: Core) {
    this.#core = core;
    this.#lastActivityTick = core.nowTick;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  noteActivity(): void {
    this.#lastActivityTick = this.#core.nowTick;
    this.#askedSinceRound = undefined;
  }

  /** Decides whether this round asks for silence. */
  roundBegins(round: number, isIdle: boolean): void {
    const { hibernateAfterTicks } = this.#core.config;
    const isLongIdle = this.#core.nowTick - this.#lastActivityTick >= hibernateAfterTicks;
    if (hibernateAfterTicks > 0 && isIdle && isLongIdle) this.#askedSinceRound ??= round;
    else this.#askedSinceRound = undefined;
  }

  isAskedInRound(round: number): boolean {
    return this.#askedSinceRound !== undefined && round >= this.#askedSinceRound;
  }

  fallAsleep(): void {
    this.#isAsleep = true;
    this.#core.log.dropCache();
    this.#core.emit({ type: 'hibernation', hibernates: true });
  }

  wake(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    this.#core.emit({ type: 'hibernation', hibernates: false });
  }
}
