// Which term an index has, in memory that grows with the number of terms, not of entries.

import { assert } from './assert.ts';
import type { Index, Term } from './types.ts';

interface Run {
  readonly firstIndex: Index;
  readonly term: Term;
}

export class TermRuns {
  /** Ascending in index and in term. */
  readonly #runs: Run[] = [];
  #lastIndex: Index = 0;

  constructor(runs: readonly (readonly [Index, Term])[] = [], lastIndex: Index = 0) {
    for (const [firstIndex, term] of runs) this.extend(firstIndex, term);
    assert(
      lastIndex >= this.#lastIndex && (lastIndex === 0) === (runs.length === 0),
      'the log ends with its last term',
    );
    this.#lastIndex = lastIndex;
  }

  get lastIndex(): Index {
    return this.#lastIndex;
  }

  get lastTerm(): Term {
    return this.#runs.at(-1)?.term ?? 0;
  }

  /** Adds `[firstIndex, lastIndex]` of one term behind the end. */
  extend(firstIndex: Index, term: Term, lastIndex: Index = firstIndex): void {
    const last = this.#runs.at(-1);
    assert(firstIndex > this.#lastIndex && lastIndex >= firstIndex, 'term runs ascend in index');
    assert(last === undefined || term >= last.term, 'terms never fall along the log');
    if (last === undefined || term > last.term) this.#runs.push({ firstIndex, term });
    this.#lastIndex = lastIndex;
  }

  truncateFrom(index: Index): void {
    while (this.#runs.length > 0 && this.#runs.at(-1)!.firstIndex >= index) this.#runs.pop();
    this.#lastIndex = Math.min(this.#lastIndex, index - 1);
  }

  /** The term at `index`; 0 before the first entry; `undefined`: there is no such entry (never a number that could be mistaken for a term). */
  termAt(index: Index): Term | undefined {
    if (index === 0) return 0;
    if (index < 0 || index > this.#lastIndex) return undefined;
    return this.#runs[this.#runPositionOf(index)]?.term;
  }

  /** The highest index, not above `index`, whose term is at most `term`. 0 if there is none. */
  lastIndexWithTermAtMost(term: Term, index: Index): Index {
    let candidate = Math.min(index, this.#lastIndex);
    for (let position = this.#runPositionOf(candidate); position >= 0; position--) {
      const run = this.#runs[position]!;
      if (run.term <= term) return candidate;
      candidate = run.firstIndex - 1;
    }
    return 0;
  }

  /** Position of the run that holds `index`; -1 if it lies before the first. */
  #runPositionOf(index: Index): number {
    // The last runs are asked for most, and there are few.
    let position = this.#runs.length - 1;
    while (position >= 0 && this.#runs[position]!.firstIndex > index) position--;
    return position;
  }
}
