// A seeded generator, so that a run's faults and load can be drawn again from the seed that a failure prints.
// (Timing is the machine's, so the same seed gives the same plan, not the same interleaving.)

const twoTo32 = 0x1_0000_0000;
const weylStep = 0x9e3779b9;

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A generator of its own for one part of the run, so that what one part draws does not shift the others. */
  fork(part: number): Random {
    return new Random(mix(this.#state ^ mix(part + weylStep)));
  }

  /** 0 <= number < 1. */
  next(): number {
    this.#state = (this.#state + weylStep) >>> 0;
    return mix(this.#state) / twoTo32;
  }

  /** A whole number from `minimum` to `maximum`, both included. */
  between(minimum: number, maximum: number): number {
    return minimum + Math.floor(this.next() * (maximum - minimum + 1));
  }

  /** `values` is not empty. */
  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.between(0, values.length - 1)] ?? values[0];
  }
}

/** Spreads every bit of a 32-bit number over all others (the finaliser of MurmurHash3). */
export function mix(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
