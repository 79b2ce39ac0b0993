// Whose turn it is to relay. By turns and not by lot: a lot gives one node several batches in a row, and while it passes them on the
// others idle, and everything behind them waits. With each plan everybody earns its share of the turns; who has earned most is next, and pays.

import type { NodeId } from '@balsa/raft';

export interface Weighted {
  readonly node: NodeId;
  /** Not below 0, and not 0 for all. */
  readonly weight: number;
}

export class RelayTurns {
  readonly #credits = new Map<NodeId, number>();

  /** All of them in order; the first `count`, at most as many as there are, have had their turn. `random`: who is first among equals. */
  take(all: readonly Weighted[], count: number, random: () => number): NodeId[] {
    const sum = all.reduce((total, { weight }) => total + weight, 0);
    const standings = all.map(({ node, weight }) => {
      return { node, credit: (this.#credits.get(node) ?? 0) + (count * weight) / sum, lot: random() };
    });
    standings.sort((a, b) => b.credit - a.credit || a.lot - b.lot);
    this.#credits.clear();
    standings.forEach(({ node, credit }, i) => {
      this.#credits.set(node, i < count ? credit - 1 : credit);
    });
    return standings.map(({ node }) => node);
  }
}
