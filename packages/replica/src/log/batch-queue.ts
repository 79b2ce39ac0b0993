import { type Batch, type Index, lastIndexOf } from '@balsa/raft';

/** A group's batches that are not on disk yet: contiguous, ascending. */
export class BatchQueue {
  #batches: Batch[] = [];
  /** Batches before this position have been taken; they are swept out together, so that taking one costs no move. */
  #head = 0;

  get first(): Batch | undefined {
    return this.#batches[this.#head];
  }

  get last(): Batch | undefined {
    return this.#head < this.#batches.length ? this.#batches[this.#batches.length - 1] : undefined;
  }

  push(batch: Batch): void {
    this.#batches.push(batch);
  }

  shift(): void {
    this.#head++;
    if (this.#head === this.#batches.length || this.#head >= 1024) {
      this.#batches.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Forgets all batches that begin at `index` or later. */
  truncate(index: Index): void {
    while (this.last !== undefined && this.last.firstIndex >= index) this.#batches.pop();
  }

  /** All batches from the one that contains `index` on. */
  from(index: Index): Batch[] {
    let low = this.#head;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lastIndexOf(this.#batches[middle]!) < index) low = middle + 1;
      else high = middle;
    }
    return this.#batches.slice(low);
  }
}
