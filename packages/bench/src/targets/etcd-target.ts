// etcd as a system under test, loaded from Node or from Go.

import { BenchError } from '../bench-error.ts';
import { type GeneratorCommand, runLoad } from '../load/run-load.ts';
import { builtFile } from './built-file.ts';
import { EtcdCluster, etcdMetrics } from './etcd-cluster.ts';
import { buildGoGenerator } from './go-generator.ts';
import { readMetric } from './prometheus-text.ts';
import type { LogCounters, Target } from './target.ts';

/** `node`: grpc-js, the same language as Balsa's client. `go`: etcd's own client library, several times faster. */
export const etcdClients = ['node', 'go'] as const;
export type EtcdClient = (typeof etcdClients)[number];

const clientDescriptions: Readonly<Record<EtcdClient, string>> = {
  node: 'Node, @grpc/grpc-js, hand-written messages',
  go: "Go, etcd's own client library",
};

/** Starts etcd below `folder`. Throws PEER_MISSING or PEER_FAILED. */
export async function startEtcdTarget(
  size: number,
  client: EtcdClient,
  folder: string,
  signal: AbortSignal,
): Promise<Target> {
  const generator: GeneratorCommand =
    client === 'go'
      ? { command: await buildGoGenerator('etcd-load', folder, signal), arguments: [] }
      : { command: process.execPath, arguments: [builtFile('load/etcd-load-main.js')] };
  const cluster = await EtcdCluster.start(size, folder, signal);
  return {
    system: 'etcd',
    description: `etcd ${cluster.version}, default durability (flush before the answer); client: ${clientDescriptions[client]}`,
    processes: cluster.nodes.map((node) => ({ name: node.name, pid: node.process.pid ?? 0 })),
    logCounters: () => Promise.all(cluster.nodes.map(async (node) => countersOf(node.name, await etcdMetrics(node)))),
    load: async (workload, listener, stop) =>
      runLoad(generator, { addresses: await cluster.addresses(stop), ...workload }, listener, stop),
    stop: () => cluster.stop(),
  };
}

function countersOf(name: string, metrics: string): LogCounters {
  const flushes = readMetric(metrics, 'etcd_disk_wal_fsync_duration_seconds_count');
  const bytes = readMetric(metrics, 'etcd_disk_wal_write_bytes_total');
  if (flushes === undefined || bytes === undefined) {
    throw new BenchError(
      'PEER_FAILED',
      `etcd node ${name} shows no metrics of its log: etcd 3.4.10 or later is needed`,
    );
  }
  return { name, flushes, bytes };
}
