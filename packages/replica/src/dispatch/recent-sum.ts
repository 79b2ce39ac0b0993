// A rate over the last two seconds, of which little is kept: a ring of sums, one for each slot of time.

/** Over how long a rate is taken. */
export const recentMs = 2000;

const slots = 8;
const slotMs = recentMs / slots;

export class RecentSum {
  readonly #sums = new Float64Array(slots);
  #slot = 0;

  add(amount: number, nowMs: number): void {
    this.#moveOn(nowMs);
    this.#sums[this.#slot % slots]! += amount;
  }

  perSecond(nowMs: number): number {
    this.#moveOn(nowMs);
    return Math.round((this.#sums.reduce((sum, amount) => sum + amount, 0) * 1000) / recentMs);
  }

  #moveOn(nowMs: number): void {
    const now = Math.floor(nowMs / slotMs);
    if (now - this.#slot >= slots) this.#sums.fill(0);
    else for (let slot = this.#slot + 1; slot <= now; slot++) this.#sums[slot % slots] = 0;
    this.#slot = Math.max(this.#slot, now);
  }
}
