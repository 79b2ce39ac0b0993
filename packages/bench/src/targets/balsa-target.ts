// Balsa as a system under test: a cluster of real processes with a state machine that counts.

import { BalsaClient } from '@balsa/client';
import type { Durability } from '@balsa/replica';
import { GroupIds, LocalCluster } from '@balsa/server';
import type { Acknowledgement, NodeStatus } from '@balsa/wire';
import { BenchError } from '../bench-error.ts';
import { runLoad } from '../load/run-load.ts';
import { builtFile } from './built-file.ts';
import type { LogCounters, Target } from './target.ts';

const statusTimeoutMs = 5_000;
/** More than is ever under way. */
const weakBytesMax = 256 * 1024 * 1024;

export interface BalsaTargetOptions {
  readonly nodes: number;
  readonly durability: Durability;
  readonly acknowledge: Acknowledgement;
}

const acknowledged: Readonly<Record<Acknowledgement, string>> = {
  weak: ', WEAK: answered before a quorum has it on disk',
  committed: ', answered before it is applied',
  applied: '',
};

/** What an answer says of the disk. */
export const answersByDurability: Readonly<Record<Durability, string>> = {
  sync: 'flush before the answer',
  batched: 'NO flush before the answer; a power failure of all nodes may lose the last moments',
  memory: 'NO write before the answer; the end of a quorum of processes may lose acknowledged writes',
};

/** Starts Balsa below `folder`. Throws NOT_BUILT, NOT_HEALTHY or what LocalCluster throws. */
export async function startBalsaTarget(
  { nodes, durability, acknowledge }: BalsaTargetOptions,
  folder: string,
): Promise<Target> {
  const generator = { command: process.execPath, arguments: [builtFile('load/balsa-load-main.js')] };
  const cluster = await LocalCluster.start({
    nodes,
    folder,
    durability,
    dataStateMachine: 'count',
    settings: { logLevel: 'warn', limits: { weakBytesMax: acknowledge === 'weak' ? weakBytesMax : 0 } },
  });
  try {
    const addresses = cluster.nodes.map((node) => node.client);
    const client = await BalsaClient.connect({ nodes: addresses, name: 'balsa bench observer' });
    const statusOf = (node: string): Promise<NodeStatus> => client.status({ node, timeoutMs: statusTimeoutMs });
    const { version } = await statusOf(addresses[0]!);
    return {
      system: 'balsa',
      description: `Balsa ${version}, durability ${durability} (${answersByDurability[durability]})${acknowledged[acknowledge]}; client: Node, framed protocol`,
      processes: cluster.nodes.map((node) => ({ name: `node-${node.id}`, pid: node.pid })),
      logCounters: () => Promise.all(addresses.map(async (address) => countersOf(await statusOf(address)))),
      load: async (workload, listener, signal) =>
        runLoad(
          generator,
          { addresses: leaderFirst(await Promise.all(addresses.map(statusOf))), ...workload },
          listener,
          signal,
        ),
      stop: async () => {
        await client.close();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function leaderFirst(statuses: readonly NodeStatus[]): string[] {
  const leader = statuses.find((status) =>
    status.groups.some(({ group, role }) => group === GroupIds.data && role === 'leader'),
  );
  const members = leader?.members ?? [];
  const own = members.find((member) => member.id === leader?.nodeId);
  if (own === undefined) throw new BenchError('NOT_HEALTHY', 'Balsa has no leader: the logs of its nodes tell why');
  return [own.client, ...members.filter((member) => member !== own).map((member) => member.client)];
}

function countersOf({ nodeId, log }: NodeStatus): LogCounters {
  return { name: `node-${nodeId}`, flushes: log?.flushes ?? 0, bytes: log?.bytes ?? 0 };
}
