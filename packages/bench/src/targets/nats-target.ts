// NATS JetStream as a system under test, loaded from Node.

import { runLoad } from '../load/run-load.ts';
import { builtFile } from './built-file.ts';
import { NatsCluster } from './nats-cluster.ts';
import type { Target } from './target.ts';

/** Starts NATS below `folder`. Throws PEER_MISSING or PEER_FAILED. */
export async function startNatsTarget(size: number, folder: string, signal: AbortSignal): Promise<Target> {
  const generator = { command: process.execPath, arguments: [builtFile('load/nats-load-main.js')] };
  const cluster = await NatsCluster.start(size, folder, signal);
  return {
    system: 'nats',
    description:
      `NATS ${cluster.version} JetStream, a stream in files with ${size} replicas, default durability: it answers WITHOUT ` +
      'a flush (every 2 minutes in the background), so a power failure of all nodes may lose acknowledged writes; ' +
      'client: Node, @nats-io/transport-node',
    processes: cluster.nodes.map((node) => ({ name: node.name, pid: node.process.pid ?? 0 })),
    // It does not tell how often, or how much, it writes.
    logCounters: async () => [],
    load: async (workload, listener, stop) =>
      runLoad(generator, { addresses: await cluster.addresses(stop), ...workload }, listener, stop),
    stop: () => cluster.stop(),
  };
}
