// When something was begun that is over once an index is reached: appends sent, batches handed to the log. First in, first out;
// if more than a bound are under way, the oldest are forgotten, and not timed.

import type { WindowedDistribution } from './windowed-distribution.ts';

const roomFirst = 8;
const roomMax = 512;
/** Of all that have timed nothing yet. */
const noRing = new Float64Array(0);

export class IndexTimes {
  /** A ring of pairs: index, time. Its length is a power of two. */
  #ring = noRing;
  #head = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  push(index: number, atMs: number): void {
    if (2 * this.#count === this.#ring.length) this.#makeRoom();
    const at = this.#place(this.#count);
    this.#ring[at] = index;
    this.#ring[at + 1] = atMs;
    this.#count++;
  }

  /** Takes the oldest, if it is over once `index` is reached, and returns when it was begun. */
  takeUpTo(index: number): number | undefined {
    if (this.#count === 0 || this.#ring[this.#place(0)]! > index) return undefined;
    const atMs = this.#ring[this.#place(0) + 1]!;
    this.#dropOldest();
    return atMs;
  }

  /** Records for all that is over once `index` is reached how long it took. */
  recordUpTo(index: number, into: WindowedDistribution, atMs: number): void {
    for (let beganMs = this.takeUpTo(index); beganMs !== undefined; beganMs = this.takeUpTo(index)) {
      into.record(atMs - beganMs, atMs);
    }
  }

  clear(): void {
    this.#count = 0;
  }

  #place(position: number): number {
    return (2 * (this.#head + position)) & (this.#ring.length - 1);
  }

  #dropOldest(): void {
    this.#head++;
    this.#count--;
  }

  #makeRoom(): void {
    if (this.#count === roomMax) {
      this.#dropOldest();
      return;
    }
    const ring = new Float64Array(Math.max(2 * roomFirst, 2 * this.#ring.length));
    for (let i = 0; i < this.#count; i++) {
      ring[2 * i] = this.#ring[this.#place(i)]!;
      ring[2 * i + 1] = this.#ring[this.#place(i) + 1]!;
    }
    this.#ring = ring;
    this.#head = 0;
  }
}
