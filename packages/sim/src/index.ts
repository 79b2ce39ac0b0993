export { Violation } from './oracles.ts';
export { drawScenario, type Scenario } from './scenario.ts';
export { type SimulationResult, simulate } from './simulation.ts';
export { type Sweep, type SweepOptions, sweep, type Totals } from './sweep.ts';
