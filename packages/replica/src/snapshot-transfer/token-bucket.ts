/** Lets through so much per second, and a tenth of it at once. What is let through may be larger than what is there: it is made up for. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #updatedMs: number;

  /** `perSecond` 0: everything passes. */
  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond / 10;
    this.#updatedMs = nowMs;
  }

  hasTokens(nowMs: number): boolean {
    if (this.#perSecond === 0) return true;
    const gained = ((nowMs - this.#updatedMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond / 10, this.#tokens + gained);
    this.#updatedMs = nowMs;
    return this.#tokens > 0;
  }

  take(amount: number): void {
    this.#tokens -= amount;
  }
}
