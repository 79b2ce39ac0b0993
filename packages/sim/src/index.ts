export { drawScenario, type Scenario } from './core/scenario.ts';
export type { Level, LevelName } from './level.ts';
export { coreLevel, nodesLevel } from './levels.ts';
export { drawNodesScenario, type NodesScenario } from './nodes/scenario.ts';
export { Violation } from './oracles.ts';
export type { RunResult } from './run-result.ts';
export { type ShrinkOptions, type Shrunk, shrink } from './shrink.ts';
export { type Sweep, type SweepOptions, sweep, type Totals } from './sweep.ts';
