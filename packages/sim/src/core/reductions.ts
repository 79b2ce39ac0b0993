// What can be taken away from a scenario of the core's simulation.

import type { Reduction } from '../level.ts';
import { lieKinds } from '../relay-lies.ts';
import { halfOf } from '../shrink.ts';
import type { Scenario } from './scenario.ts';

type CoreReduction = Reduction<Scenario>;

const faultKinds = [
  'crashMeanMs',
  'blackoutProbability',
  'partitionMeanMs',
  'pauseMeanMs',
  'crashAtSave',
  'crashAtVote',
  'crashAtAppend',
  'crashAtCommit',
  'crashAtInstall',
  'strikeProbability',
  'diskLossProbability',
  'wholeDiskProbability',
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
  (scenario) => (scenario.endsWithGrowth ? { ...scenario, endsWithGrowth: false } : undefined),
  (scenario) => withSection(scenario, 'relays', { planMeanMs: 0 }),
  (scenario) => withSection(scenario, 'limits', { weakBytesMax: 0 }),
  (scenario) => withSection(scenario, 'lies', { liarProbability: 0 }),
  ...lieKinds.map(
    (kind): CoreReduction =>
      (it) =>
        withSection(it, 'lies', { [`${kind}Probability`]: 0 }),
  ),
  (scenario) => withSection(scenario, 'membership', { changeMeanMs: 0 }),
  (scenario) => withSection(scenario, 'snapshots', { takeMeanMs: 0 }),
  (scenario) => withSection(scenario, 'leadership', { transferMeanMs: 0 }),
  (scenario) => withSection(scenario, 'leadership', { prefersLeader: false }),
  (scenario) => withSection(scenario, 'clocks', { leaseMs: 0 }),
  (scenario) => withSection(scenario, 'clocks', { hibernateAfterTicks: 0 }),
  (scenario) => withSection(scenario, 'clocks', { driftMax: 0 }),
  (scenario) => withSection(scenario, 'workload', { idleMeanMs: 0 }),
  (scenario) => withSection(scenario, 'membership', { nonsenseProbability: 0 }),
  (scenario) => withSection(scenario, 'snapshots', { transferFailureProbability: 0 }),
  (scenario) => (scenario.newcomers > 0 ? { ...scenario, newcomers: scenario.newcomers - 1 } : undefined),
  (scenario) => (scenario.members > 1 ? { ...scenario, members: Math.max(1, scenario.members - 2) } : undefined),
  (scenario) => (scenario.members > 1 ? { ...scenario, members: scenario.members - 1 } : undefined),
  ...faultKinds.map(
    (kind): CoreReduction =>
      (it) =>
        withSection(it, 'faults', { [kind]: 0 }),
  ),
  ...messageFaults.map(
    (kind): CoreReduction =>
      (it) =>
        withSection(it, 'network', { [kind]: 0 }),
  ),
  (scenario) => withSection(scenario, 'disk', { stallProbability: 0 }),
  (scenario) => withSection(scenario, 'network', { reportsConnections: false }),
  (scenario) => withSection(scenario, 'workload', { readMeanMs: 0 }),
  (scenario) => withSection(scenario, 'workload', { batchEntriesMax: 1 }),
  (scenario) => {
    const safetyPhaseMs = halfOf(scenario.safetyPhaseMs);
    return safetyPhaseMs < scenario.safetyPhaseMs ? { ...scenario, safetyPhaseMs } : undefined;
  },
  (scenario) =>
    withSection(scenario, 'workload', { proposeMeanMs: Math.min(scenario.workload.proposeMeanMs * 2, 1000) }),
  ...durations.map(
    (name): CoreReduction =>
      (it) =>
        withSection(it, 'faults', { [name]: halfOf(it.faults[name]) }),
  ),
  ...faultShares.map(
    (name): CoreReduction =>
      (it) =>
        withSection(it, 'faults', { [name]: halfOfShare(it.faults[name]) }),
  ),
  ...meanTimes.map(
    (name): CoreReduction =>
      (it) =>
        withSection(it, 'faults', { [name]: rarer(it.faults[name], it.safetyPhaseMs) }),
  ),
  ...messageFaults.map(
    (name): CoreReduction =>
      (it) =>
        withSection(it, 'network', { [name]: halfOfShare(it.network[name]) }),
  ),
  (scenario) => withSection(scenario, 'network', { straggleMsMax: halfOf(scenario.network.straggleMsMax) }),
  (scenario) => withSection(scenario, 'network', { delayMsMin: Math.floor(scenario.network.delayMsMin / 2) }),
  (scenario) => {
    const { delayMsMin, delayMsMax } = scenario.network;
    return withSection(scenario, 'network', { delayMsMax: Math.max(halfOf(delayMsMax), delayMsMin) });
  },
  (scenario) => withSection(scenario, 'disk', { flushMsMin: Math.floor(scenario.disk.flushMsMin / 2) }),
  (scenario) => {
    const { flushMsMin, flushMsMax } = scenario.disk;
    return withSection(scenario, 'disk', { flushMsMax: Math.max(halfOf(flushMsMax), flushMsMin) });
  },
  (scenario) => {
    const { transferMsMin, transferMsMax } = scenario.snapshots;
    return withSection(scenario, 'snapshots', { transferMsMax: Math.max(halfOf(transferMsMax), transferMsMin) });
  },
  (scenario) => withSection(scenario, 'snapshots', { entriesKeptMax: halfOf(scenario.snapshots.entriesKeptMax) }),
  (scenario) => withSection(scenario, 'membership', { lingerMsMax: halfOf(scenario.membership.lingerMsMax) }),
  (scenario) => withSection(scenario, 'workload', { idleMsMax: halfOf(scenario.workload.idleMsMax) }),
  (scenario) =>
    withSection(scenario, 'membership', {
      changeMeanMs: rarer(scenario.membership.changeMeanMs, scenario.safetyPhaseMs),
    }),
  (scenario) =>
    withSection(scenario, 'snapshots', { takeMeanMs: rarer(scenario.snapshots.takeMeanMs, scenario.safetyPhaseMs) }),
  (scenario) =>
    withSection(scenario, 'leadership', {
      transferMeanMs: rarer(scenario.leadership.transferMeanMs, scenario.safetyPhaseMs),
    }),
  (scenario) =>
    withSection(scenario, 'workload', { idleMeanMs: rarer(scenario.workload.idleMeanMs, scenario.safetyPhaseMs) }),
];

type Section =
  | 'network'
  | 'disk'
  | 'faults'
  | 'workload'
  | 'snapshots'
  | 'membership'
  | 'leadership'
  | 'relays'
  | 'lies'
  | 'clocks'
  | 'limits';

/** `undefined`: it is so already. */
function withSection<S extends Section>(
  scenario: Scenario,
  section: S,
  changes: Partial<Scenario[S]>,
): Scenario | undefined {
  const before = scenario[section];
  const after = { ...before, ...changes };
  return JSON.stringify(after) === JSON.stringify(before) ? undefined : { ...scenario, [section]: after };
}

/** Of a probability. Below a thousandth it says nothing more. */
function halfOfShare(share: number): number {
  return share <= 0.002 ? share : share / 2;
}

/** A mean time, doubled, so that a fault of the kind still comes about once; 0 stays "never". */
function rarer(meanMs: number, phaseMs: number): number {
  return meanMs * 2 > phaseMs ? meanMs : meanMs * 2;
}
