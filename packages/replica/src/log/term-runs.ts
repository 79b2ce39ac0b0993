import type { Index, Term } from '@balsa/raft';

/** The terms of a group's entries as runs of equal terms. */
export class TermRuns {
  readonly #runs: [firstIndex: Index, term: Term][] = [];

  get runs(): readonly (readonly [Index, Term])[] {
    return this.#runs;
  }

  /** Entries from `firstIndex` on have this term; whatever was known of them before is superseded. */
  add(firstIndex: Index, term: Term): void {
    while (this.#runs.length > 0 && this.#runs.at(-1)![0] >= firstIndex) this.#runs.pop();
    if (this.#runs.at(-1)?.[1] !== term) this.#runs.push([firstIndex, term]);
  }

  /** `undefined` for entries before the first run. */
  termOf(index: Index): Term | undefined {
    let term: Term | undefined;
    for (let i = this.#runs.length - 1; i >= 0 && term === undefined; i--) {
      const [firstIndex, termOfRun] = this.#runs[i]!;
      if (firstIndex <= index) term = termOfRun;
    }
    return term;
  }
}
