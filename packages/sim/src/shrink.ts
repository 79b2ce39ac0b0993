// A failing run made small: fewer members, fewer kinds of faults, shorter and milder ones, as long as the same oracle still
// complains. What is left over is what the bug needs.

import type { AnyScenario, Level } from './level.ts';
import type { RunResult } from './run-result.ts';

export interface ShrinkOptions {
  /** Runs to spend at most. */
  readonly runsMax: number;
  /** Asked before every run: is the time for it over? */
  readonly isOver?: () => boolean;
}

export interface Shrunk<S, Action> {
  /** Fails as the first one did. */
  readonly result: RunResult<S, Action>;
  readonly runs: number;
  /** How often something could be left out or made smaller. */
  readonly steps: number;
}

/**
 * A change of a single number changes every random draw after it, so a smaller scenario is given some more seeds to fail in:
 * few at first, then, as long as there is time, more.
 */
const seedsPerStep = [4, 16, 64, 256];

export async function shrink<S extends AnyScenario, Action>(
  { simulate, reductions }: Pick<Level<S, Action>, 'simulate' | 'reductions'>,
  failing: RunResult<S, Action>,
  { runsMax, isOver = () => false }: ShrinkOptions,
): Promise<Shrunk<S, Action>> {
  let best = failing;
  let runs = 0;
  let steps = 0;

  const failsIn = async (scenario: S, seeds: number): Promise<RunResult<S, Action> | undefined> => {
    for (let i = 0; i < seeds && runs < runsMax && !isOver(); i++) {
      runs++;
      const result = await simulate({ ...scenario, seed: scenario.seed + i });
      if (result.oracle === failing.oracle) return result;
    }
    return undefined;
  };

  for (const seeds of seedsPerStep) {
    for (let stepsBefore = -1; stepsBefore < steps; ) {
      stepsBefore = steps;
      for (const reduce of reductions) {
        for (;;) {
          const smaller = reduce(best.scenario, best);
          const result = smaller === undefined ? undefined : await failsIn(smaller, seeds);
          if (result === undefined) break;
          best = result;
          steps++;
        }
      }
    }
  }
  return { result: best, runs, steps };
}

/** Of a duration; never 0. */
export function halfOf(ms: number): number {
  return Math.max(1, Math.floor(ms / 2));
}
