// Runs in a process of its own, on mutated code: `node seek.js FROM SEEDS-MAX`. Prints, as JSON, how many seeds it took
// until one was not clean, and what was wrong with it.

import { simulate } from '../simulation.ts';

export interface Sought {
  readonly seeds: number;
  /** null: every seed was clean. */
  readonly violation: string | null;
}

const [from, seedsMax] = process.argv.slice(2).map(Number);
if (from === undefined || seedsMax === undefined) throw new Error('usage: node seek.js FROM SEEDS-MAX');
process.stdout.write(`${JSON.stringify(seek(from, seedsMax))}\n`);

function seek(first: number, max: number): Sought {
  for (let seeds = 1; seeds <= max; seeds++) {
    const { violation } = simulate(first + seeds - 1);
    if (violation !== undefined) return { seeds, violation };
  }
  return { seeds: max, violation: null };
}
