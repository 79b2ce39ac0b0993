// A member's own clock: it runs ahead or behind, at a rate of its own, and goes on while the process stands still.

import { SeededRandom } from '@balsa/raft';
import type { Scheduler } from '../scheduler.ts';
import { tickMs } from '../timing.ts';

const rateSteps = 1000;
/** Members are told of no common time, and must not depend on one. */
const offsetMsMax = 1_000_000;

export class MemberClock {
  readonly #scheduler: Scheduler;
  /** Its milliseconds per millisecond. */
  readonly #rate: number;
  readonly #offsetMs: number;

  constructor(scheduler: Scheduler, seed: number, driftMax: number) {
    const random = new SeededRandom(~seed);
    this.#scheduler = scheduler;
    this.#rate = 1 + driftMax * (random.integerBetween(-rateSteps, rateSteps + 1) / rateSteps);
    this.#offsetMs = random.integerBetween(0, offsetMsMax);
  }

  /** Never goes back. */
  get nowMs(): number {
    return this.#offsetMs + this.#scheduler.nowMs * this.#rate;
  }

  /** Calls `tick` at each of its ticks for as long as `isWanted` says so. */
  tickWhile(isWanted: () => boolean, tick: () => void): void {
    this.#scheduler.after(tickMs / this.#rate, () => {
      if (!isWanted()) return;
      tick();
      this.tickWhile(isWanted, tick);
    });
  }
}
