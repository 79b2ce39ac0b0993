// One real node in this process, with its own folder and free ports.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from '@balsa/replica';
import { ping } from '../cluster/ping.ts';
import { loadConfig } from '../config/load.ts';
import type { NodeConfig } from '../config/node-config.ts';
import type { Log } from '../log.ts';
import { BalsaNode } from '../node.ts';

export interface TestNode {
  readonly config: NodeConfig;
  readonly node: BalsaNode;
  /** Codes of everything the node has logged. */
  readonly logged: readonly string[];
  /** `http://127.0.0.1:...` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Configuration of a node that is alone in its cluster. `flags` as on the command line. */
export async function testConfig(folder: string, flags: Readonly<Record<string, string>> = {}): Promise<NodeConfig> {
  const [peer, client, http] = (await findFreePorts(3)).map((port) => `127.0.0.1:${port}`);
  const members = JSON.stringify([{ id: Number(flags['node-id'] ?? 1), peer, client, http }]);
  return loadConfig({
    flags: {
      members,
      'data-folder': join(folder, 'data'),
      'timing-election-timeout-ms': '100',
      'timing-heartbeat-interval-ms': '20',
      ...flags,
    },
  });
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'balsa-server-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Waits until the node serves. */
export async function untilReady(config: NodeConfig): Promise<void> {
  while ((await ping(config.listen.http, 1000)) !== 'ready') {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Starts a node and waits until it leads its groups; its folder goes when it is stopped. */
export async function startTestNode(flags: Readonly<Record<string, string>> = {}): Promise<TestNode> {
  const folder = temporaryFolder();
  const config = await testConfig(folder.path, flags);
  const logged: string[] = [];
  const log: Log = (_level, code) => logged.push(code);
  const node = await BalsaNode.start(config, { log });
  await untilReady(config);
  return {
    config,
    node,
    logged,
    url: `http://${config.listen.http}`,
    stop: async () => {
      await node.stop();
      folder.remove();
    },
  };
}
