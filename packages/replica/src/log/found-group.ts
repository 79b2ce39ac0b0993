// What recovery has found of one group so far: the log that the group's records make, one after the other, and whether
// each of them follows on those before it.

import { type Batch, type Configuration, type Index, lastIndexOf } from '@balsa/raft';
import type { LogPosition, RecoveredLog } from '../ports.ts';
import { mayFollow } from '../record.ts';
import { TermRuns } from './term-runs.ts';

const beginning: LogPosition = { index: 0, term: 0 };

/** Of a group that a log does not know. */
export const emptyLog: RecoveredLog = { base: beginning, lastIndex: 0, termRuns: [], configurations: [] };

export class FoundGroup {
  #base: LogPosition = beginning;
  #lastIndex: Index = 0;
  #terms = new TermRuns();
  #configurations: (readonly [Index, Configuration])[] = [];
  /** The first entries may have been in segments that are gone. */
  #mayBeginAnywhere: boolean;

  constructor(mayBeginAnywhere: boolean) {
    this.#mayBeginAnywhere = mayBeginAnywhere;
  }

  get base(): LogPosition {
    return this.#base;
  }

  get lastIndex(): Index {
    return this.#lastIndex;
  }

  recovered(): RecoveredLog {
    return {
      base: this.#base,
      lastIndex: this.#lastIndex,
      termRuns: this.#terms.runs,
      configurations: this.#configurations,
    };
  }

  /** A record says that the log begins anew behind `base`. */
  reset(base: LogPosition): void {
    this.#beginAt(base);
    this.#mayBeginAnywhere = false;
  }

  /**
   * Does the log begin with this batch? So it does, as far as can be known, with the first one in what is left of a log; and
   * then with any that begins earlier, for it supersedes all those found so far. What was before it is the base.
   */
  beginsWith({ firstIndex, prevTerm }: Batch): boolean {
    const base = { index: firstIndex - 1, term: prevTerm };
    if (!mayFollow(base) || !this.#mayBeginAnywhere || (this.#lastIndex > 0 && firstIndex > this.#base.index))
      return false;
    this.#beginAt(base);
    return true;
  }

  /** Returns false if the batch does not continue the log. */
  take(batch: Batch): boolean {
    const { firstIndex, count, term, prevTerm, configuration } = batch;
    const { index: baseIndex, term: baseTerm } = this.#base;
    if (count < 1 || firstIndex <= baseIndex || firstIndex > this.#lastIndex + 1) return false;
    if (prevTerm !== (firstIndex === baseIndex + 1 ? baseTerm : this.#terms.termOf(firstIndex - 1))) return false;
    this.#lastIndex = lastIndexOf(batch);
    this.#terms.add(firstIndex, term);
    while ((this.#configurations.at(-1)?.[0] ?? 0) >= firstIndex) this.#configurations.pop();
    if (configuration !== undefined) this.#configurations.push([firstIndex, configuration]);
    return true;
  }

  #beginAt(base: LogPosition): void {
    this.#base = base;
    this.#lastIndex = base.index;
    this.#terms = new TermRuns();
    this.#configurations = [];
  }
}
