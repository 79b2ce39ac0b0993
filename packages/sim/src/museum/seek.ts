// Runs in a process of its own, on mutated code: `node seek.js LEVEL FROM SEEDS-MAX`. Prints, as JSON, how many seeds it
// took until one was not clean, and what was wrong with it.

import type { LevelName } from '../level.ts';
import { type Simulator, simulators } from './simulators.ts';

export interface Sought {
  readonly seeds: number;
  /** null: every seed was clean. */
  readonly violation: string | null;
}

const [name, from, seedsMax] = process.argv.slice(2);
if (name === undefined || !(name in simulators) || from === undefined || seedsMax === undefined)
  throw new Error('usage: node seek.js LEVEL FROM SEEDS-MAX');
const sought = await seek(simulators[name as LevelName], Number(from), Number(seedsMax));
process.stdout.write(`${JSON.stringify(sought)}\n`);

async function seek({ simulate }: Simulator, first: number, max: number): Promise<Sought> {
  for (let seeds = 1; seeds <= max; seeds++) {
    const { violation } = await simulate(first + seeds - 1);
    if (violation !== undefined) return { seeds, violation };
  }
  return { seeds: max, violation: null };
}
