import type { SeededRandom } from '@balsa/raft';

/** What random commands and statements are made of. */
export class Draws {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  chance(probability: number): boolean {
    return this.#random.chance(probability);
  }

  any<T>(list: readonly T[]): T {
    return list[this.#random.integerBetween(0, list.length)]!;
  }

  /** Both included. */
  between(low: number, high: number): number {
    return this.#random.integerBetween(low, high + 1);
  }
}
