/** How long to wait before the next attempt to connect: at once after a loss, then doubling, capped and jittered. */
export class BackOff {
  readonly #firstMs: number;
  readonly #capMs: number;
  readonly #random: () => number;
  #failures = 0;

  /** `random` returns numbers in [0, 1). */
  constructor(firstMs: number, capMs: number, random: () => number) {
    this.#firstMs = firstMs;
    this.#capMs = capMs;
    this.#random = random;
  }

  /** The connection worked: the next loss is answered at once. */
  reset(): void {
    this.#failures = 0;
  }

  nextDelayMs(): number {
    const failures = this.#failures++;
    if (failures === 0) return 0;
    const fullMs = Math.min(this.#capMs, this.#firstMs * 2 ** (failures - 1));
    return fullMs * (0.5 + this.#random() / 2);
  }
}
