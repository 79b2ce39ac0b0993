// A real node in the test's process, alone in its cluster, on free ports.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '@balsa/replica';
import { BalsaNode, loadConfig } from '@balsa/server';

export interface ServingNode {
  readonly url: URL;
  /** Its folder goes as well. */
  stop(): Promise<void>;
}

const READY_POLL_MS = 20;

/** Resolves once it serves. */
export async function serveNode(): Promise<ServingNode> {
  const folder = await mkdtemp(join(tmpdir(), 'balsa-cli-node-'));
  const [peer, client, http] = (await findFreePorts(3)).map((port) => `127.0.0.1:${port}`);
  const config = loadConfig({
    flags: {
      members: JSON.stringify([{ id: 1, peer, client, http }]),
      'data-folder': join(folder, 'data'),
      'timing-election-timeout-ms': '100',
      'timing-heartbeat-interval-ms': '20',
    },
  });
  const node = await BalsaNode.start(config);
  const url = new URL(`http://${http}`);
  while (!(await fetch(new URL('/ping', url))).ok) await sleep(READY_POLL_MS);
  return {
    url,
    stop: async () => {
      await node.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
