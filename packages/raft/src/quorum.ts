// What a quorum is, in one place. A configuration is one set of voters, or two while a joint change is under way, and
// then a majority of each is needed (Raft dissertation, section 4.3). Everything is counted by node id, so nobody
// counts twice, and nobody who is not a voter counts at all.

import { assert } from './assert.ts';
import type { NodeId } from './types.ts';

export class Quorum {
  readonly #voterSets: readonly (readonly NodeId[])[];

  /** One set of voters, or two for a joint configuration. An empty set is never reached. */
  constructor(...voterSets: readonly (readonly NodeId[])[]) {
    assert(voterSets.length > 0, 'a quorum has voters');
    assert(
      voterSets.every((set) => new Set(set).size === set.length),
      'a voter stands once in its set',
    );
    this.#voterSets = voterSets;
  }

  /** Every voter, once. */
  voters(): NodeId[] {
    return [...new Set(this.#voterSets.flat())];
  }

  includes(node: NodeId): boolean {
    return this.#voterSets.some((set) => set.includes(node));
  }

  /** Do these nodes make a quorum? */
  isReachedBy(has: (node: NodeId) => boolean): boolean {
    return this.#voterSets.every((set) => set.filter(has).length >= majorityOf(set));
  }

  /** The highest value that a quorum has reached: of match indexes, what is committed; of heartbeat rounds, what is confirmed. 0: none. */
  highestReached(reachedBy: (node: NodeId) => number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const set of this.#voterSets) {
      const descending = set.map(reachedBy).sort((a, b) => b - a);
      lowest = Math.min(lowest, descending[majorityOf(set) - 1] ?? 0);
    }
    return lowest;
  }
}

function majorityOf(voters: readonly NodeId[]): number {
  return Math.floor(voters.length / 2) + 1;
}
