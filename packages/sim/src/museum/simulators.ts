// The simulators that can be set on a mutant: one of each level.

import { simulate } from '../core/simulation.ts';
import type { LevelName } from '../level.ts';
import { simulateNodes } from '../nodes/nodes-simulation.ts';

export interface Outcome {
  /** What was broken and how it was seen; `undefined` for a clean run. */
  readonly violation: string | undefined;
}

export interface Simulator {
  /** One seed, one life: the same seed gives the same outcome. */
  readonly simulate: (seed: number) => Outcome | Promise<Outcome>;
  /** Seeds that the code as it is must pass before the tour begins. */
  readonly healthySeeds: number;
  /** Seeds after which a mutant has survived. */
  readonly seedsMax: number;
}

/** A seed of whole nodes takes a hundred times as long as one of the core alone. */
export const simulators: Readonly<Record<LevelName, Simulator>> = {
  core: { simulate: (seed) => simulate(seed), healthySeeds: 100, seedsMax: 10_000 },
  nodes: { simulate: (seed) => simulateNodes(seed), healthySeeds: 30, seedsMax: 5_000 },
};
