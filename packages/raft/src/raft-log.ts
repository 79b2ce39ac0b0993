// The core's view of the log: which term every index has, the newest batches, and how much of it the disk has confirmed.

import { assert } from './assert.ts';
import { type Batch, lastIndexOf } from './batch.ts';
import { BatchCache } from './batch-cache.ts';
import { type LogPosition, TermRuns } from './term-runs.ts';
import type { Index, Term } from './types.ts';

export class RaftLog {
  readonly #terms: TermRuns;
  readonly #cache: BatchCache;
  #durableIndex: Index;
  #nextSequence = 1;
  /** Appends that the disk has not confirmed. Truncated ones leave, so that their confirmation credits nothing. */
  #unconfirmed: { readonly sequence: number; readonly lastIndex: Index; readonly tick: number }[] = [];

  /** `runs`, `lastIndex` and `base` as the log store recovered them: all of it is durable. */
  constructor(runs: readonly (readonly [Index, Term])[], lastIndex: Index, base: LogPosition, cacheBytesMax: number) {
    this.#terms = new TermRuns(runs, lastIndex, base);
    this.#cache = new BatchCache(cacheBytesMax);
    this.#durableIndex = lastIndex;
  }

  /** The entry before the first that this log still holds. */
  get base(): LogPosition {
    return this.#terms.base;
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

  /** When the oldest append was asked for that the disk has not confirmed; `undefined`: it has confirmed all. */
  get unconfirmedSinceTick(): number | undefined {
    return this.#unconfirmed[0]?.tick;
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

  /** Does this log hold the whole batch? One comparison is enough: see batch.ts. What was compacted was held, for it was committed. */
  holds(batch: Batch): boolean {
    return lastIndexOf(batch) <= this.base.index || this.termAt(lastIndexOf(batch)) === batch.term;
  }

  /** Adds a batch at the end and returns the sequence under which the disk will confirm it. */
  append(batch: Batch, tick: number): number {
    assert(batch.firstIndex === this.lastIndex + 1, 'a batch continues the log');
    assert(batch.prevTerm === this.lastTerm, 'a batch knows the term before it');
    this.#terms.extend(batch.firstIndex, batch.term, lastIndexOf(batch));
    this.#cache.push(batch);
    return this.#awaitConfirmation(lastIndexOf(batch), tick);
  }

  /** A snapshot takes the place of everything. Returns the sequence under which the disk will confirm it. */
  resetTo(base: LogPosition, tick: number): number {
    this.#terms.resetTo(base);
    this.#cache.clear();
    this.#unconfirmed = [];
    this.#durableIndex = 0;
    return this.#awaitConfirmation(base.index, tick);
  }

  /** Forgets what lies up to `index`. What is in memory stays for as long as there is room. */
  compactTo(index: Index): void {
    assert(index <= this.#durableIndex, 'what is compacted is durable');
    const next = this.#cache.from(index + 1, 0)?.[0];
    assert(next === undefined || next.firstIndex === index + 1, 'a log is compacted to the end of a batch');
    this.#terms.compactTo(index);
  }

  #awaitConfirmation(lastIndex: Index, tick: number): number {
    const sequence = this.#nextSequence++;
    this.#unconfirmed.push({ sequence, lastIndex, tick });
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

  /** What is in memory can go: it is durable, and nobody is about to need it. */
  dropCache(): void {
    this.#cache.clear();
  }

  isCached(index: Index): boolean {
    return this.#cache.holds(index);
  }

  cachedFrom(index: Index, bytesMax: number): Batch[] | undefined {
    return this.#cache.from(index, bytesMax);
  }
}
