// How deep a simulation goes. `core` runs the real consensus core between simulated hosts, and is quick; `nodes` runs whole
// nodes: the real host, log, term and vote, and state machines.

import type { History, LogAction, Operation, RegisterAction } from '@balsa/linearizability';
import { coreReductions } from './core-reductions.ts';
import { simulateNodesScenario } from './nodes/nodes-simulation.ts';
import { nodesReductions } from './nodes/reductions.ts';
import { drawNodesScenario, type NodesScenario } from './nodes/scenario.ts';
import type { RunResult } from './run-result.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { parseNodesScenario, parseScenario } from './scenario-file.ts';
import type { Reduction } from './shrink.ts';
import { simulateScenario } from './simulation.ts';
import type { TraceWindow } from './trace.ts';

/** Every scenario has the seed of all that is drawn while it runs. */
export interface AnyScenario {
  readonly seed: number;
}

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

export const coreLevel: Level<Scenario, LogAction> = {
  name: 'core',
  draw: drawScenario,
  simulate: async (scenario, window) => simulateScenario(scenario, window),
  parse: parseScenario,
  reductions: coreReductions,
  history: (operations) => ({ model: 'log', operations }),
};

export const nodesLevel: Level<NodesScenario, RegisterAction> = {
  name: 'nodes',
  draw: drawNodesScenario,
  simulate: simulateNodesScenario,
  parse: parseNodesScenario,
  reductions: nodesReductions,
  history: (operations) => ({ model: 'register', operations }),
};
