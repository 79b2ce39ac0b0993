// A rate over the last two seconds, or another time, of which little is kept: a ring of sums, one for each slot of it.

/** Over how long a rate is taken. */
export const recentMs = 2000;

const slots = 8;

export class RecentSum {
  readonly #sums = new Float64Array(slots);
  readonly #overMs: number;
  #slot = 0;

  constructor(overMs: number = recentMs) {
    this.#overMs = overMs;
  }

  add(amount: number, nowMs: number): void {
    this.#moveOn(nowMs);
    this.#sums[this.#slot % slots]! += amount;
  }

  perSecond(nowMs: number): number {
    this.#moveOn(nowMs);
    return Math.round((this.#sums.reduce((sum, amount) => sum + amount, 0) * 1000) / this.#overMs);
  }

  #moveOn(nowMs: number): void {
    const now = Math.floor((nowMs * slots) / this.#overMs);
    if (now - this.#slot >= slots) this.#sums.fill(0);
    else for (let slot = this.#slot + 1; slot <= now; slot++) this.#sums[slot % slots] = 0;
    this.#slot = Math.max(this.#slot, now);
  }
}
