// Which term an index has, in memory that grows with the number of terms, not of entries.

import { assert } from './assert.ts';
import type { Index, Term } from './types.ts';

interface Run {
  readonly firstIndex: Index;
  readonly term: Term;
}

/** A place in the log: an entry's index and its term. */
export interface LogPosition {
  readonly index: Index;
  readonly term: Term;
}

/** Before the first entry that ever was. */
export const logStart: LogPosition = { index: 0, term: 0 };

export class TermRuns {
  /** The entry before the first: all that is known of what was compacted. */
  #base: LogPosition;
  /** Ascending in index and in term. */
  #runs: Run[] = [];
  #lastIndex: Index;

  constructor(
    runs: readonly (readonly [Index, Term])[] = [],
    lastIndex: Index = runs.at(-1)?.[0] ?? 0,
    base: LogPosition = logStart,
  ) {
    this.#base = base;
    this.#lastIndex = base.index;
    for (const [firstIndex, term] of runs) this.extend(firstIndex, term);
    assert(
      lastIndex >= this.#lastIndex && (lastIndex === base.index) === (runs.length === 0),
      'the log ends with its last term',
    );
    this.#lastIndex = lastIndex;
  }

  get base(): LogPosition {
    return this.#base;
  }

  get lastIndex(): Index {
    return this.#lastIndex;
  }

  get lastTerm(): Term {
    return this.#runs.at(-1)?.term ?? this.#base.term;
  }

  /** Adds `[firstIndex, lastIndex]` of one term behind the end. */
  extend(firstIndex: Index, term: Term, lastIndex: Index = firstIndex): void {
    const last = this.#runs.at(-1);
    assert(firstIndex > this.#lastIndex && lastIndex >= firstIndex, 'term runs ascend in index');
    assert(term >= this.lastTerm, 'terms never fall along the log');
    if (last === undefined || term > last.term) this.#runs.push({ firstIndex, term });
    this.#lastIndex = lastIndex;
  }

  truncateFrom(index: Index): void {
    assert(index > this.#base.index, 'what was compacted is never truncated');
    while (this.#runs.length > 0 && this.#runs.at(-1)!.firstIndex >= index) this.#runs.pop();
    this.#lastIndex = Math.min(this.#lastIndex, index - 1);
  }

  /** Forgets what lies up to `index`, but for the term there. */
  compactTo(index: Index): void {
    const term = this.termAt(index);
    assert(term !== undefined, 'the log is compacted to an entry that it holds');
    this.#base = { index, term };
    this.#runs = this.#runs.filter((_, position) => this.#endOf(position) > index);
  }

  /** Forgets everything: the log goes on behind `base`. */
  resetTo(base: LogPosition): void {
    this.#base = base;
    this.#runs = [];
    this.#lastIndex = base.index;
  }

  /** The term at `index`; that of `base` just before the first entry; `undefined`: there is no such entry (never a number that could be mistaken for a term). */
  termAt(index: Index): Term | undefined {
    if (index === this.#base.index) return this.#base.term;
    if (index < this.#base.index || index > this.#lastIndex) return undefined;
    return this.#runs[this.#runPositionOf(index)]?.term;
  }

  /** The highest index, not above `index`, whose term is at most `term`. The base, or `index` if that is lower, if there is none. */
  lastIndexWithTermAtMost(term: Term, index: Index): Index {
    let candidate = Math.min(index, this.#lastIndex);
    let position = this.#runPositionOf(candidate);
    while (candidate > this.#base.index && this.#runs[position]!.term > term) {
      candidate = this.#runs[position]!.firstIndex - 1;
      position--;
    }
    return Math.min(index, Math.max(candidate, this.#base.index));
  }

  /** Last index of the run at this position. */
  #endOf(position: number): Index {
    return (this.#runs[position + 1]?.firstIndex ?? this.#lastIndex + 1) - 1;
  }

  /** Position of the run that holds `index`; -1 if it lies before the first. */
  #runPositionOf(index: Index): number {
    // The last runs are asked for most, and there are few.
    let position = this.#runs.length - 1;
    while (position >= 0 && this.#runs[position]!.firstIndex > index) position--;
    return position;
  }
}
