// All rigs stay up for the whole run; their loads take turns, so that a noisy neighbour meets all of them alike. Every other round goes
// backwards: who comes first is not always the same.

import { openCoreRig } from './core-rig.ts';
import { openHostsRig } from './hosts-rig.ts';
import type { Rig, System } from './rig.ts';
import type { CoreSettings } from './settings.ts';

export interface Load {
  readonly system: System;
  readonly clients: number;
}

/** One measured round of a load. */
export interface CoreRound {
  readonly entries: number;
  readonly batches: number;
  readonly seconds: number;
  /** User and system time of the whole process, collector and compiler included. */
  readonly cpuUs: number;
}

export interface MeasuredLoad extends Load {
  readonly description: string;
  readonly rounds: readonly CoreRound[];
}

/** Throws INTERRUPTED; NOT_HEALTHY, NO_SUCCESS if the hosts do not work. */
export async function measureCore(
  settings: CoreSettings,
  onRound: (round: number, load: Load) => void,
  signal: AbortSignal,
): Promise<MeasuredLoad[]> {
  const { members, entryBytes, clients: manyClients, rounds } = settings;
  const core = openCoreRig(members, entryBytes, manyClients);
  const hosts = [await openHostsRig(members, entryBytes)];
  try {
    if (settings.statistics) hosts.push(await openHostsRig(members, entryBytes, true));
    const loads = [manyClients, 1].map((clients) => ({ rig: core as Rig, clients }));
    // What is compared stands side by side.
    for (const clients of [manyClients, 1]) loads.push(...hosts.map((rig) => ({ rig, clients })));
    const measured = loads.map((load) => ({ ...load, rounds: [] as CoreRound[] }));
    for (let round = 1; round <= rounds; round++) {
      for (const { rig, clients, rounds: results } of round % 2 === 1 ? measured : measured.toReversed()) {
        onRound(round, { system: rig.system, clients });
        results.push(await measureRound(rig, clients, settings, signal));
      }
    }
    return measured.map(({ rig: { system, description }, clients, rounds: results }) => {
      return { system, description, clients, rounds: results };
    });
  } finally {
    await Promise.all([core, ...hosts].map((rig) => rig.close()));
  }
}

async function measureRound(
  rig: Rig,
  clients: number,
  { warmupSeconds, seconds }: CoreSettings,
  signal: AbortSignal,
): Promise<CoreRound> {
  await rig.run(clients, warmupSeconds * 1000, signal);
  const before = process.cpuUsage();
  const work = await rig.run(clients, seconds * 1000, signal);
  const { user, system } = process.cpuUsage(before);
  return { ...work, cpuUs: user + system };
}
