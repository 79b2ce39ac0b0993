// A failing run made small: fewer members, fewer kinds of faults, shorter and milder ones, as long as the same oracle still
// complains. What is left over is what the bug needs.

import type { Scenario } from './scenario.ts';
import { type SimulationResult, simulateScenario } from './simulation.ts';

export interface ShrinkOptions {
  /** Runs to spend at most. */
  readonly runsMax: number;
  /** Asked before every run: is the time for it over? */
  readonly isOver?: () => boolean;
  /** What runs a scenario; the simulation, unless a test has something to show. */
  readonly simulate?: (scenario: Scenario) => SimulationResult;
}

export interface Shrunk {
  /** Fails as the first one did. */
  readonly result: SimulationResult;
  readonly runs: number;
  /** How often something could be left out or made smaller. */
  readonly steps: number;
}

/**
 * A change of a single number changes every random draw after it, so a smaller scenario is given some more seeds to fail in:
 * few at first, then, as long as there is time, more.
 */
const seedsPerStep = [4, 16, 64, 256];

/** Returns a scenario with less in it, or `undefined` if there is nothing to take away. */
type Reduction = (scenario: Scenario, failing: SimulationResult) => Scenario | undefined;

export function shrink(failing: SimulationResult, options: ShrinkOptions): Shrunk {
  const { runsMax, isOver = () => false, simulate = simulateScenario } = options;
  let best = failing;
  let runs = 0;
  let steps = 0;

  const failsIn = (scenario: Scenario, seeds: number): SimulationResult | undefined => {
    for (let i = 0; i < seeds && runs < runsMax && !isOver(); i++) {
      runs++;
      const result = simulate({ ...scenario, seed: scenario.seed + i });
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
          const result = smaller === undefined ? undefined : failsIn(smaller, seeds);
          if (result === undefined) break;
          best = result;
          steps++;
        }
      }
    }
  }
  return { result: best, runs, steps };
}

const faultKinds = [
  'crashMeanMs',
  'partitionMeanMs',
  'pauseMeanMs',
  'crashAtSave',
  'crashAtVote',
  'crashAtAppend',
  'crashAtCommit',
  'strikeProbability',
  'diskLossProbability',
] as const;
const messageFaults = ['lossProbability', 'duplicateProbability', 'straggleProbability'] as const;
const durations = ['downtimeMsMax', 'partitionMsMax', 'pauseMsMax', 'strikeDelayMsMax'] as const;
const meanTimes = ['crashMeanMs', 'partitionMeanMs', 'pauseMeanMs'] as const;
const faultShares = faultKinds.filter((kind) => !meanTimes.some((name) => name === kind));

const reductions: readonly Reduction[] = [
  // Nothing after the violation was needed for it: the same run, ended there.
  (scenario, { simulatedMs }) =>
    simulatedMs < scenario.safetyPhaseMs ? { ...scenario, safetyPhaseMs: simulatedMs } : undefined,
  (scenario) => (scenario.endsWithRejoin ? { ...scenario, endsWithRejoin: false } : undefined),
  (scenario) => (scenario.members > 1 ? { ...scenario, members: Math.max(1, scenario.members - 2) } : undefined),
  (scenario) => (scenario.members > 1 ? { ...scenario, members: scenario.members - 1 } : undefined),
  ...faultKinds.map(
    (kind): Reduction =>
      (it) =>
        withFault(it, kind, 0),
  ),
  ...messageFaults.map(
    (kind): Reduction =>
      (it) =>
        withNetwork(it, kind, 0),
  ),
  (scenario) => withDisk(scenario, 'stallProbability', 0),
  (scenario) => withNetwork(scenario, 'reportsConnections', false),
  (scenario) => withWorkload(scenario, 'readMeanMs', 0),
  (scenario) => withWorkload(scenario, 'batchEntriesMax', 1),
  (scenario) => {
    const safetyPhaseMs = half(scenario.safetyPhaseMs);
    return safetyPhaseMs < scenario.safetyPhaseMs ? { ...scenario, safetyPhaseMs } : undefined;
  },
  (scenario) => withWorkload(scenario, 'proposeMeanMs', Math.min(scenario.workload.proposeMeanMs * 2, 1000)),
  ...durations.map(
    (name): Reduction =>
      (it) =>
        withFault(it, name, half(it.faults[name])),
  ),
  ...faultShares.map(
    (name): Reduction =>
      (it) =>
        withFault(it, name, halfOfShare(it.faults[name])),
  ),
  ...meanTimes.map(
    (name): Reduction =>
      (it) =>
        withFault(it, name, rarer(it.faults[name], it.safetyPhaseMs)),
  ),
  ...messageFaults.map(
    (name): Reduction =>
      (it) =>
        withNetwork(it, name, halfOfShare(it.network[name])),
  ),
  (scenario) => withNetwork(scenario, 'straggleMsMax', half(scenario.network.straggleMsMax)),
  (scenario) => withNetwork(scenario, 'delayMsMin', Math.floor(scenario.network.delayMsMin / 2)),
  (scenario) =>
    withNetwork(scenario, 'delayMsMax', Math.max(half(scenario.network.delayMsMax), scenario.network.delayMsMin)),
  (scenario) => withDisk(scenario, 'flushMsMin', Math.floor(scenario.disk.flushMsMin / 2)),
  (scenario) => withDisk(scenario, 'flushMsMax', Math.max(half(scenario.disk.flushMsMax), scenario.disk.flushMsMin)),
];

function withFault(scenario: Scenario, name: keyof Scenario['faults'], value: number): Scenario | undefined {
  if (scenario.faults[name] === value) return undefined;
  return { ...scenario, faults: { ...scenario.faults, [name]: value } };
}

function withNetwork<Name extends keyof Scenario['network']>(
  scenario: Scenario,
  name: Name,
  value: Scenario['network'][Name],
): Scenario | undefined {
  if (scenario.network[name] === value) return undefined;
  return { ...scenario, network: { ...scenario.network, [name]: value } };
}

function withDisk(scenario: Scenario, name: keyof Scenario['disk'], value: number): Scenario | undefined {
  if (scenario.disk[name] === value) return undefined;
  return { ...scenario, disk: { ...scenario.disk, [name]: value } };
}

function withWorkload(scenario: Scenario, name: keyof Scenario['workload'], value: number): Scenario | undefined {
  if (scenario.workload[name] === value) return undefined;
  return { ...scenario, workload: { ...scenario.workload, [name]: value } };
}

/** Of a duration; never 0. */
function half(ms: number): number {
  return Math.max(1, Math.floor(ms / 2));
}

/** Of a probability. Below a thousandth it says nothing more. */
function halfOfShare(share: number): number {
  return share <= 0.002 ? share : share / 2;
}

/** A mean time, doubled, so that a fault of the kind still comes about once; 0 stays "never". */
function rarer(meanMs: number, phaseMs: number): number {
  return meanMs * 2 > phaseMs ? meanMs : meanMs * 2;
}
