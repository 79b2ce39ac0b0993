/** Draws the long histories of the tests from a seed (splitmix32: a Weyl sequence and a bit mixer). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  nextUint32(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** From `low` to `high - 1`. */
  integerBetween(low: number, high: number): number {
    return low + (this.nextUint32() % (high - low));
  }

  chance(probability: number): boolean {
    return this.nextUint32() < probability * 0x1_0000_0000;
  }
}
