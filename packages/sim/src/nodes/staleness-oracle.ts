// Reads that may be out of date, but no more than so many milliseconds and entries: whatever anybody had committed so long before, the
// read must see, less the entries, however late messages came and whoever believed to lead. The reader measures the time by
// its own clock, and one that is slow takes longer.

import type { Index, NodeId } from '@balsa/raft';
import type { ReadLag } from '@balsa/replica';
import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import type { NodesScenario } from './scenario.ts';

interface Commit {
  readonly atMs: number;
  readonly commitIndex: Index;
}

export class StalenessOracle {
  readonly #scheduler: Scheduler;
  readonly #driftMax: number;
  #commits: Commit[] = [];

  constructor(scheduler: Scheduler, { clock }: Pick<NodesScenario, 'clock'>) {
    this.#scheduler = scheduler;
    this.#driftMax = clock.driftMax;
  }

  /** Anybody has committed up to this index, as the first. */
  committed(commitIndex: Index): void {
    this.#commits.push({ atMs: this.#scheduler.nowMs, commitIndex });
  }

  /** The group is forced to go on; of what was committed, it has kept this. */
  forcedOn(lastIndex: Index): void {
    this.#commits = this.#commits.map(({ atMs, commitIndex }) => ({
      atMs,
      commitIndex: Math.min(commitIndex, lastIndex),
    }));
  }

  /** A read begins; the returned function is told up to where it sees. @throws Violation */
  began(node: NodeId, { ms, entries }: ReadLag): (appliedIndex: Index) => void {
    const sinceMs = this.#scheduler.nowMs - ms / (1 - this.#driftMax);
    const least = this.#committedBefore(sinceMs) - entries;
    return (appliedIndex) => {
      if (appliedIndex >= least) return;
      const what = `node ${node} reads at ${appliedIndex}, ${ms} ms and ${entries} entries behind at most`;
      throw new Violation('bounded staleness', `${what}; it must see ${least}`);
    };
  }

  /** What is committed within the same moment may have been so later. */
  #committedBefore(atMs: number): Index {
    return this.#commits.findLast((commit) => commit.atMs < atMs)?.commitIndex ?? 0;
  }
}
