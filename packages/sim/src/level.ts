// How deep a simulation goes, and what a sweep or the shrinker needs to know of it.

import type { History, Operation } from '@balsa/linearizability';
import type { RunResult } from './run-result.ts';
import type { TraceWindow } from './trace.ts';

/** Every scenario has the seed of all that is drawn while it runs. */
export interface AnyScenario {
  readonly seed: number;
}

/** Returns a scenario with less in it, or `undefined` if there is nothing to take away. */
export type Reduction<S> = (scenario: S, failing: RunResult<S, unknown>) => S | undefined;

export interface Level<S extends AnyScenario, Action> {
  readonly name: LevelName;
  draw(seed: number): S;
  simulate(scenario: S, window?: TraceWindow): Promise<RunResult<S, Action>>;
  /** @throws ScenarioError */
  parse(text: string): S;
  readonly reductions: readonly Reduction<S>[];
  /** As outside checkers can read it. */
  history(operations: readonly Operation<Action>[]): History;
}

export const levelNames = ['nodes', 'core'] as const;
export type LevelName = (typeof levelNames)[number];
