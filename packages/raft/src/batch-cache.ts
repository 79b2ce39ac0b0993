// The newest batches of the log, kept in memory for sending and applying. Bounded in bytes: what falls out is read from disk.

import { assert } from './assert.ts';
import { type Batch, lastIndexOf } from './batch.ts';
import type { Index } from './types.ts';

export class BatchCache {
  readonly #bytesMax: number;
  /** Contiguous and ascending from `#head` on; what lies before is evicted and cut off now and then. */
  #batches: (Batch | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(batch: Batch): void {
    const newest = this.#batches.at(-1);
    assert(newest === undefined || batch.firstIndex === lastIndexOf(newest) + 1, 'cached batches are contiguous');
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
    // The newest always stays, however large it is: it is about to be sent.
    while (this.#bytes > this.#bytesMax && this.#batches.length - this.#head > 1) this.#evictOldest();
  }

  /** Drops every batch that begins at `index` or later. */
  truncateFrom(index: Index): void {
    while (this.#batches.length > this.#head && this.#batches.at(-1)!.firstIndex >= index) {
      this.#bytes -= this.#batches.pop()!.bytes.length;
    }
  }

  clear(): void {
    this.#batches = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  holds(index: Index): boolean {
    return this.#positionOf(index) !== undefined;
  }

  /** Batches from the one that contains `index` on, at least one, up to `bytesMax`; `undefined`: not in memory. */
  from(index: Index, bytesMax: number): Batch[] | undefined {
    let position = this.#positionOf(index);
    if (position === undefined) return undefined;
    const found: Batch[] = [];
    let bytes = 0;
    for (; position < this.#batches.length; position++) {
      const batch = this.#batches[position]!;
      bytes += batch.bytes.length;
      if (found.length > 0 && bytes > bytesMax) break;
      found.push(batch);
    }
    return found;
  }

  #positionOf(index: Index): number | undefined {
    let low = this.#head;
    let high = this.#batches.length - 1;
    if (low > high || this.#batches[low]!.firstIndex > index || lastIndexOf(this.#batches[high]!) < index)
      return undefined;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lastIndexOf(this.#batches[middle]!) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #evictOldest(): void {
    this.#bytes -= this.#batches[this.#head]!.bytes.length;
    this.#batches[this.#head] = undefined;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#head);
      this.#head = 0;
    }
  }
}
