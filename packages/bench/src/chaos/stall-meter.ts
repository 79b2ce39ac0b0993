/** How long writes stood still: the longest time between two acknowledgements, of whatever writer, around a fault. */
export class StallMeter {
  #lastMs: number | undefined;
  #longestMs = 0;
  #watching = false;

  acknowledged(nowMs: number): void {
    if (this.#watching && this.#lastMs !== undefined) this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  /** A fault is about to strike. */
  begin(): void {
    this.#longestMs = 0;
    this.#watching = true;
  }

  /** Writes flow again: the longest stall since `begin`. A stall that still lasts is counted up to now. */
  end(nowMs: number): number {
    this.#watching = false;
    return this.#lastMs === undefined ? this.#longestMs : Math.max(this.#longestMs, nowMs - this.#lastMs);
  }
}
