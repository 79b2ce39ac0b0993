// Numbers the writes of one session and knows below which number all have been answered. The node keeps the answers of
// this window only, so the window's width bounds what it keeps.

export class SequenceWindow {
  readonly #width: number;
  /** Whether the sequence at `sequence % width` is settled. */
  readonly #settled: Uint8Array;
  #next = 1;
  #acknowledgedBelow = 1;

  constructor(width: number) {
    this.#width = width;
    this.#settled = new Uint8Array(width);
  }

  /** All sequences below this are settled and will never be sent again. */
  get acknowledgedBelow(): number {
    return this.#acknowledgedBelow;
  }

  /** The next sequence, from 1 on; `undefined` while the window is full. */
  take(): number | undefined {
    if (this.#next - this.#acknowledgedBelow >= this.#width) return undefined;
    return this.#next++;
  }

  /** The write is answered or given up. */
  settle(sequence: number): void {
    if (sequence < this.#acknowledgedBelow || sequence >= this.#next) {
      throw new Error(`sequence ${sequence} is not under way`);
    }
    this.#settled[sequence % this.#width] = 1;
    while (this.#settled[this.#acknowledgedBelow % this.#width] === 1) {
      this.#settled[this.#acknowledgedBelow % this.#width] = 0;
      this.#acknowledgedBelow++;
    }
  }
}
