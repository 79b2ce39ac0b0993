// Three real nodes in this process, on loopback.

import { join } from 'node:path';
import { findFreePorts } from '@balsa/replica';
import { CloseStack } from '../close-stack.ts';
import { loadConfig } from '../config/load.ts';
import type { NodeConfig } from '../config/node-config.ts';
import { BalsaNode } from '../node.ts';
import { temporaryFolder, untilReady } from './test-node.ts';

export interface ClusterNode {
  readonly config: NodeConfig;
  readonly node: BalsaNode;
  /** `http://127.0.0.1:...` */
  readonly url: string;
}

export interface NodeCluster {
  readonly nodes: readonly ClusterNode[];
  /** Folders go as well. */
  stop(): Promise<void>;
}

/** Resolves once all of them serve. `flags` as on the command line, for every node. */
export async function startNodeCluster(flags: Readonly<Record<string, string>>): Promise<NodeCluster> {
  const folder = temporaryFolder();
  const open = new CloseStack();
  open.push(async () => folder.remove());
  const stopAll = new CloseStack();
  open.push(() => stopAll.closeAll());
  const ports = (await findFreePorts(9)).map((port) => `127.0.0.1:${port}`);
  const members = [1, 2, 3].map((id) => {
    const [peer, client, http] = ports.slice(3 * id - 3);
    return { id, peer, client, http };
  });
  try {
    const nodes = await Promise.all(
      members.map(async ({ id }) => {
        const config = loadConfig({
          flags: {
            'node-id': String(id),
            members: JSON.stringify(members),
            'data-folder': join(folder.path, `node-${id}`),
            ...flags,
          },
        });
        const node = await BalsaNode.start(config);
        stopAll.push(() => node.stop());
        return { config, node, url: `http://${config.listen.http}` };
      }),
    );
    await Promise.all(nodes.map(({ config }) => untilReady(config)));
    return { nodes, stop: () => open.closeAll() };
  } catch (error) {
    await open.closeAll();
    throw error;
  }
}
