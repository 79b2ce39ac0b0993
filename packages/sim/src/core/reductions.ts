// What can be taken away from a scenario of the core's simulation.

import type { Reduction } from '../level.ts';
import { halfOf } from '../shrink.ts';
import type { Scenario } from './scenario.ts';

type CoreReduction = Reduction<Scenario>;

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

export const coreReductions: readonly CoreReduction[] = [
  // Nothing after the violation was needed for it: the same run, ended there.
  (scenario, { simulatedMs }) =>
    simulatedMs < scenario.safetyPhaseMs ? { ...scenario, safetyPhaseMs: simulatedMs } : undefined,
  (scenario) => (scenario.endsWithRejoin ? { ...scenario, endsWithRejoin: false } : undefined),
  (scenario) => (scenario.members > 1 ? { ...scenario, members: Math.max(1, scenario.members - 2) } : undefined),
  (scenario) => (scenario.members > 1 ? { ...scenario, members: scenario.members - 1 } : undefined),
  ...faultKinds.map(
    (kind): CoreReduction =>
      (it) =>
        withFault(it, kind, 0),
  ),
  ...messageFaults.map(
    (kind): CoreReduction =>
      (it) =>
        withNetwork(it, kind, 0),
  ),
  (scenario) => withDisk(scenario, 'stallProbability', 0),
  (scenario) => withNetwork(scenario, 'reportsConnections', false),
  (scenario) => withWorkload(scenario, 'readMeanMs', 0),
  (scenario) => withWorkload(scenario, 'batchEntriesMax', 1),
  (scenario) => {
    const safetyPhaseMs = halfOf(scenario.safetyPhaseMs);
    return safetyPhaseMs < scenario.safetyPhaseMs ? { ...scenario, safetyPhaseMs } : undefined;
  },
  (scenario) => withWorkload(scenario, 'proposeMeanMs', Math.min(scenario.workload.proposeMeanMs * 2, 1000)),
  ...durations.map(
    (name): CoreReduction =>
      (it) =>
        withFault(it, name, halfOf(it.faults[name])),
  ),
  ...faultShares.map(
    (name): CoreReduction =>
      (it) =>
        withFault(it, name, halfOfShare(it.faults[name])),
  ),
  ...meanTimes.map(
    (name): CoreReduction =>
      (it) =>
        withFault(it, name, rarer(it.faults[name], it.safetyPhaseMs)),
  ),
  ...messageFaults.map(
    (name): CoreReduction =>
      (it) =>
        withNetwork(it, name, halfOfShare(it.network[name])),
  ),
  (scenario) => withNetwork(scenario, 'straggleMsMax', halfOf(scenario.network.straggleMsMax)),
  (scenario) => withNetwork(scenario, 'delayMsMin', Math.floor(scenario.network.delayMsMin / 2)),
  (scenario) =>
    withNetwork(scenario, 'delayMsMax', Math.max(halfOf(scenario.network.delayMsMax), scenario.network.delayMsMin)),
  (scenario) => withDisk(scenario, 'flushMsMin', Math.floor(scenario.disk.flushMsMin / 2)),
  (scenario) => withDisk(scenario, 'flushMsMax', Math.max(halfOf(scenario.disk.flushMsMax), scenario.disk.flushMsMin)),
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

/** Of a probability. Below a thousandth it says nothing more. */
function halfOfShare(share: number): number {
  return share <= 0.002 ? share : share / 2;
}

/** A mean time, doubled, so that a fault of the kind still comes about once; 0 stays "never". */
function rarer(meanMs: number, phaseMs: number): number {
  return meanMs * 2 > phaseMs ? meanMs : meanMs * 2;
}
