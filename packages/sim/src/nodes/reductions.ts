// What can be taken away from a scenario of whole nodes. Its fields say by their names what calm means for them: no share, no
// mean time, no drift, and durations and counts as small as can be.

import type { Reduction } from '../level.ts';
import { halfOf } from '../shrink.ts';
import { drawNodesScenario, type NodesScenario } from './scenario.ts';

type Section =
  | 'network'
  | 'disk'
  | 'clock'
  | 'faults'
  | 'workload'
  | 'membership'
  | 'lostQuorum'
  | 'relays'
  | 'lies'
  | 'weak'
  | 'series';
const sections: readonly Section[] = [
  'membership',
  'lostQuorum',
  'relays',
  'lies',
  'weak',
  'series',
  'faults',
  'disk',
  'clock',
  'network',
  'workload',
];
const template = drawNodesScenario(0);
/** Smaller is not simpler, or not possible. */
const kept: ReadonlySet<string> = new Set([
  'attemptMsMax',
  'attemptsMax',
  'clogBytesPerMs',
  'firstLevelSizeMax',
  'fragmentBytesMinMax',
  'depthMax',
  'replanBatchesMax',
  'weakBytesMax',
]);

export const nodesReductions: readonly Reduction<NodesScenario>[] = [
  // Nothing after the violation was needed for it: the same run, ended there.
  (scenario, { simulatedMs }) =>
    simulatedMs < scenario.safetyPhaseMs ? { ...scenario, safetyPhaseMs: Math.ceil(simulatedMs) } : undefined,
  (scenario) => withNodes(scenario, 2),
  (scenario) => withNodes(scenario, 1),
  ...fieldsThat(isIntensity).map(([section, name]) => reduction(section, name, () => 0)),
  (scenario) => {
    const { network } = scenario;
    return network.reportsConnections ? undefined : { ...scenario, network: { ...network, reportsConnections: true } };
  },
  without('prefersLeader'),
  without('leases'),
  without('endsWithChange'),
  (scenario) => {
    const { lostQuorum } = scenario;
    return lostQuorum.happens ? { ...scenario, lostQuorum: { ...lostQuorum, happens: false } } : undefined;
  },
  reduction('workload', 'clients', (clients) => Math.max(1, clients - 1)),
  reduction('workload', 'registers', () => 1),
  (scenario) => {
    const { limits } = scenario;
    return limits.snapshotEntries === 0 ? undefined : { ...scenario, limits: { ...limits, snapshotEntries: 0 } };
  },
  (scenario) => {
    const { limits } = scenario;
    if (limits.snapshotRestore.bytesPerSecondMax === 0) return undefined;
    return { ...scenario, limits: { ...limits, snapshotRestore: { bytesPerSecondMax: 0 } } };
  },
  (scenario) => {
    const { storage } = scenario;
    return storage.memtableBytes === 0 ? undefined : { ...scenario, storage: { ...storage, memtableBytes: 0 } };
  },
  (scenario) => (scenario.hibernateAfterMs === 0 ? undefined : { ...scenario, hibernateAfterMs: 0 }),
  (scenario) => {
    const safetyPhaseMs = halfOf(scenario.safetyPhaseMs);
    return safetyPhaseMs < scenario.safetyPhaseMs ? { ...scenario, safetyPhaseMs } : undefined;
  },
  ...fieldsThat(isIntensity).map(([section, name]) => reduction(section, name, rarer)),
  ...fieldsThat((name) => !isIntensity(name)).map(([section, name]) => reduction(section, name, shorter)),
];

function isIntensity(name: string): boolean {
  return name.endsWith('Probability') || name.endsWith('MeanMs') || name.startsWith('crashAt') || name === 'driftMax';
}

/** Of the numbers in all sections. */
function fieldsThat(fits: (name: string) => boolean): (readonly [Section, string])[] {
  return sections.flatMap((section) =>
    Object.entries(template[section])
      .filter(([name, value]) => typeof value === 'number' && fits(name) && !kept.has(name))
      .map(([name]) => [section, name] as const),
  );
}

function reduction(section: Section, name: string, reduce: (value: number) => number): Reduction<NodesScenario> {
  return (scenario) => {
    const fields: Readonly<Record<string, number | boolean>> = { ...scenario[section] };
    const value = fields[name];
    if (typeof value !== 'number') return undefined;
    const smaller = reduce(value);
    if (smaller >= value) {
      const isRarer = smaller > value && name.endsWith('MeanMs') && smaller <= scenario.safetyPhaseMs;
      if (!isRarer) return undefined;
    }
    return keepsOrder({ ...scenario, [section]: { ...fields, [name]: smaller } });
  };
}

function without(wish: 'prefersLeader' | 'leases' | 'endsWithChange'): Reduction<NodesScenario> {
  return (scenario) => {
    const { membership } = scenario;
    return membership[wish] ? { ...scenario, membership: { ...membership, [wish]: false } } : undefined;
  };
}

/** Twice the mean time, half the share. Below a thousandth, a share says nothing more. */
function rarer(value: number): number {
  if (value > 1) return value * 2;
  return value <= 0.002 ? value : value / 2;
}

function shorter(value: number): number {
  return value <= 1 ? value : halfOf(value);
}

function withNodes(scenario: NodesScenario, fewer: number): NodesScenario | undefined {
  return scenario.nodes > fewer ? { ...scenario, nodes: scenario.nodes - fewer } : undefined;
}

function keepsOrder(scenario: NodesScenario): NodesScenario | undefined {
  return scenario.network.delayMsMin <= scenario.network.delayMsMax ? scenario : undefined;
}
