// Three nodes in one process count together. Run it again: the count goes on where it was, for it lies on their disks.
//
//   node dist/replicated-counter.js [folder]

import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findFreePorts, openHost, type StateMachine } from '@balsa/replica';

class Counter implements StateMachine {
  #count = 0;

  apply(_index: number, command: Uint8Array): Uint8Array {
    this.#count += command[0] ?? 0;
    return Buffer.from(`${this.#count}`);
  }

  snapshot(): Iterable<Uint8Array> {
    return [Buffer.from(`${this.#count}`)];
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    this.#count = Number(await text(chunks));
  }

  checksum(): number {
    return this.#count;
  }
}

const folder = process.argv[2] ?? 'counter-data';
const members = [1, 2, 3];
const ports = await findFreePorts(members.length);
const peers = new Map(members.map((id, i) => [id, { host: '127.0.0.1', port: ports[i]! }]));

const nodes = await Promise.all(
  members.map(async (nodeId) => {
    const dataFolder = join(folder, `node-${nodeId}`);
    const node = await openHost({ nodeId, cluster: 'counter', dataFolder, listen: peers.get(nodeId)!, peers });
    const group = node.host.startGroup({ group: 1, members, stateMachine: new Counter() });
    await node.host.connect();
    return { nodeId, node, group };
  }),
);

for (const { nodeId, group } of nodes) {
  const { result } = await group.propose(Uint8Array.of(1), { timeoutMs: 10_000 });
  console.log(`node ${nodeId} counts ${Buffer.from(result)}`);
}

await Promise.all(nodes.map(({ node }) => node.close()));
