// Both rigs stay up for the whole run; their loads take turns, so that a noisy neighbour meets all of them alike.

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
  const rigs = [openCoreRig(members, entryBytes, manyClients), await openHostsRig(members, entryBytes)];
  try {
    const measured = rigs.flatMap((rig) =>
      [manyClients, 1].map((clients) => ({ rig, clients, rounds: [] as CoreRound[] })),
    );
    for (let round = 1; round <= rounds; round++) {
      for (const { rig, clients, rounds: results } of measured) {
        onRound(round, { system: rig.system, clients });
        results.push(await measureRound(rig, clients, settings, signal));
      }
    }
    return measured.map(({ rig: { system, description }, clients, rounds: results }) => {
      return { system, description, clients, rounds: results };
    });
  } finally {
    await Promise.all(rigs.map((rig) => rig.close()));
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
