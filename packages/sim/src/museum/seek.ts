// Runs in a process of its own, on mutated code: `node seek.js LEVEL FROM SEEDS-MAX [SEED ...]`. The seeds that are named
// go first. Prints, as JSON, how many seeds it took until one was not clean, and what was wrong with it.

import type { LevelName } from '../level.ts';
import { type Simulator, simulators } from './simulators.ts';

export interface Sought {
  /** How many were run. */
  readonly seeds: number;
  /** The last one of them. */
  readonly seed: number;
  /** null: every seed was clean. */
  readonly violation: string | null;
}

const [name, from, seedsMax, ...known] = process.argv.slice(2);
if (name === undefined || !(name in simulators) || from === undefined || seedsMax === undefined)
  throw new Error('usage: node seek.js LEVEL FROM SEEDS-MAX [SEED ...]');
const sought = await seek(simulators[name as LevelName], [
  ...known.map(Number),
  ...inOrder(Number(from), Number(seedsMax)),
]);
process.stdout.write(`${JSON.stringify(sought)}\n`);

async function seek({ simulate }: Simulator, seeds: readonly number[]): Promise<Sought> {
  for (const [i, seed] of seeds.entries()) {
    const { violation } = await simulate(seed);
    if (violation !== undefined) return { seeds: i + 1, seed, violation };
  }
  return { seeds: seeds.length, seed: seeds.at(-1)!, violation: null };
}

function inOrder(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
