// `core` runs the real consensus core between simulated hosts, and is quick; `nodes` runs whole nodes: the real host, log,
// term and vote, and state machines.

import type { LogAction, RegisterAction } from '@balsa/linearizability';
import { coreReductions } from './core/reductions.ts';
import { drawScenario, type Scenario } from './core/scenario.ts';
import { simulateScenario } from './core/simulation.ts';
import type { Level } from './level.ts';
import { simulateNodesScenario } from './nodes/nodes-simulation.ts';
import { nodesReductions } from './nodes/reductions.ts';
import { drawNodesScenario, type NodesScenario } from './nodes/scenario.ts';
import { parseNodesScenario, parseScenario } from './scenario-file.ts';

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
