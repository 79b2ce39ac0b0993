// How late this process comes to what is due: by so much a message waits here, too, before anybody reads it.

/** How much the newest tick is of the average: that follows about the last quarter of a second. */
const newestPart = 0.05;

export class LoopLag {
  #recentMs = 0;
  #lastMs: number | undefined;

  /** The timer that is due every `periodMs` has fired. */
  ticked(nowMs: number, periodMs: number): void {
    const lateMs = Math.max(0, nowMs - (this.#lastMs ?? nowMs) - periodMs);
    this.#lastMs = nowMs;
    this.#recentMs += newestPart * (lateMs - this.#recentMs);
  }

  /** On average of late, in milliseconds. */
  get recentMs(): number {
    return this.#recentMs;
  }
}
