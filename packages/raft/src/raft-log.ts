// The core's view of the log: which term every index has, the newest batches, and how much of it the disk has confirmed.

import { assert } from './assert.ts';
import { type Batch, lastIndexOf } from './batch.ts';
import { BatchCache } from './batch-cache.ts';
import { TermRuns } from './term-runs.ts';
import type { Index, Term } from './types.ts';

export class RaftLog {
  readonly #terms: TermRuns;
  readonly #cache: BatchCache;
  #durableIndex: Index;
  #nextSequence = 1;
  /** Appends that the disk has not confirmed. Truncated ones leave, so that their confirmation credits nothing. */
  readonly #unconfirmed: { readonly sequence: number; readonly lastIndex: Index }[] = [];

  /** `runs` and `lastIndex` as the log store recovered them: all of it is durable. */
  constructor(runs: readonly (readonly [Index, Term])[], lastIndex: Index, cacheBytesMax: number) {
    this.#terms = new TermRuns(runs, lastIndex);
    this.#cache = new BatchCache(cacheBytesMax);
    this.#durableIndex = lastIndex;
  }

  get lastIndex(): Index {
    return this.#terms.lastIndex;
  }

  get lastTerm(): Term {
    return this.#terms.lastTerm;
  }

  /** Last index up to which the disk has confirmed the log as it stands now. */
  get durableIndex(): Index {
    return this.#durableIndex;
  }

  get cachedBytes(): number {
    return this.#cache.bytes;
  }

  termAt(index: Index): Term | undefined {
    return this.#terms.termAt(index);
  }

  lastIndexWithTermAtMost(term: Term, index: Index): Index {
    return this.#terms.lastIndexWithTermAtMost(term, index);
  }

  /** Is a log that ends in (lastIndex, lastTerm) at least as good as this one? (Raft paper, section 5.4.1.) */
  isUpToDate(lastIndex: Index, lastTerm: Term): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);
  }

  /** Does this log hold the whole batch? One comparison is enough: see batch.ts. */
  holds(batch: Batch): boolean {
    return this.termAt(lastIndexOf(batch)) === batch.term;
  }

  /** Adds a batch at the end and returns the sequence under which the disk will confirm it. */
  append(batch: Batch): number {
    assert(batch.firstIndex === this.lastIndex + 1, 'a batch continues the log');
    assert(batch.prevTerm === this.lastTerm, 'a batch knows the term before it');
    this.#terms.extend(batch.firstIndex, batch.term, lastIndexOf(batch));
    this.#cache.push(batch);
    const sequence = this.#nextSequence++;
    this.#unconfirmed.push({ sequence, lastIndex: lastIndexOf(batch) });
    return sequence;
  }

  truncateFrom(index: Index): void {
    this.#terms.truncateFrom(index);
    this.#cache.truncateFrom(index);
    while (this.#unconfirmed.length > 0 && this.#unconfirmed.at(-1)!.lastIndex >= index) this.#unconfirmed.pop();
    this.#durableIndex = Math.min(this.#durableIndex, index - 1);
  }

  /** The disk confirms every append up to `sequence`. */
  confirm(sequence: number): void {
    let confirmed = 0;
    while (confirmed < this.#unconfirmed.length && this.#unconfirmed[confirmed]!.sequence <= sequence) confirmed++;
    if (confirmed === 0) return;
    this.#durableIndex = this.#unconfirmed[confirmed - 1]!.lastIndex;
    this.#unconfirmed.splice(0, confirmed);
  }

  cachedFrom(index: Index, bytesMax: number): Batch[] | undefined {
    return this.#cache.from(index, bytesMax);
  }
}
