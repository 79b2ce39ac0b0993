// How long writes stood still: the longest time between two acknowledgements, of whatever writer, around a fault.

import { BenchError } from '../bench-error.ts';

export class StallMeter {
  #lastMs: number | undefined;
  #longestMs = 0;
  #watching = false;
  #waiting: (() => void)[] = [];

  acknowledged(nowMs: number): void {
    if (this.#watching && this.#lastMs !== undefined) this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    if (this.#waiting.length === 0) return;
    for (const resume of this.#waiting) resume();
    this.#waiting = [];
  }

  /** Waits for the next acknowledgement. Throws NOT_HEALTHY. */
  next(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(
        () => reject(new BenchError('NOT_HEALTHY', `no write was acknowledged for ${timeoutMs} ms`)),
        timeoutMs,
      );
      this.#waiting.push(() => {
        clearTimeout(deadline);
        resolve();
      });
    });
  }

  /** A fault is about to strike. */
  begin(): void {
    this.#longestMs = 0;
    this.#watching = true;
  }

  /** The longest stall since `begin`. A stall that still lasts is counted up to now. */
  end(nowMs: number): number {
    this.#watching = false;
    return this.#lastMs === undefined ? this.#longestMs : Math.max(this.#longestMs, nowMs - this.#lastMs);
  }
}
