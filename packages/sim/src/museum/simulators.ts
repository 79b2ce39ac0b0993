// The simulators that can be set on a mutant. One more needs a name (mutant.ts) and a place here, and nothing else.

import { simulate } from '../simulation.ts';
import type { SimulatorName } from './mutant.ts';

export interface Outcome {
  /** What was broken and how it was seen; `undefined` for a clean run. */
  readonly violation: string | undefined;
}

export interface Simulator {
  /** One seed, one life: the same seed gives the same outcome. */
  readonly simulate: (seed: number) => Outcome | Promise<Outcome>;
  /** Seeds that the code as it is must pass before the tour begins. */
  readonly healthySeeds: number;
}

export const simulators: Readonly<Record<SimulatorName, Simulator>> = {
  simulation: { simulate: (seed) => simulate(seed), healthySeeds: 100 },
};
