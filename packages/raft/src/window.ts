// What a follower was sent ahead of a gap. Batches that travel by different relays overtake each other; the window keeps them
// until what lies between has come. It belongs to one follower of one leader and ends with it: everything in it is that
// leader's log, so two batches can not contradict each other, and nothing of it outlives a term (the original's window did).

import { type Batch, lastIndexOf } from './batch.ts';
import type { Index, Term } from './types.ts';

export class Window {
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  /** By first index. */
  readonly #batches = new Map<Index, Batch>();
  #bytes = 0;

  /** Neither bound counts what is contiguous, only what waits. 0 entries: nothing may wait. */
  constructor(entriesMax: number, bytesMax: number) {
    this.#entriesMax = entriesMax;
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#batches.size === 0;
  }

  /** Keeps the batch, which lies ahead of `contiguousIndex`; false: there is no room for it. */
  hold(batch: Batch, contiguousIndex: Index): boolean {
    if (this.#batches.has(batch.firstIndex)) return true;
    const fits =
      lastIndexOf(batch) - contiguousIndex <= this.#entriesMax && this.#bytes + batch.bytes.length <= this.#bytesMax;
    if (!fits) return false;
    this.#batches.set(batch.firstIndex, batch);
    this.#bytes += batch.bytes.length;
    return true;
  }

  /** The batch that follows on an entry, if it is here; it leaves the window. */
  takeAfter(index: Index, term: Term): Batch | undefined {
    const batch = this.#batches.get(index + 1);
    if (batch === undefined) return undefined;
    this.#release(batch);
    return batch.prevTerm === term ? batch : undefined;
  }

  /** What is contiguous by now needs no window any more. */
  releaseUpTo(index: Index): void {
    if (this.#batches.size === 0) return;
    for (const batch of this.#batches.values()) {
      if (batch.firstIndex <= index) this.#release(batch);
    }
  }

  #release(batch: Batch): void {
    this.#batches.delete(batch.firstIndex);
    this.#bytes -= batch.bytes.length;
  }
}
