import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePorts } from '@balsa/replica';
import { expect, test } from 'vitest';
import { withFolder } from '../command/testing.ts';
import type { IdleNodeCalls, IdleNodeSpec } from '../idle/node-protocol.ts';
import { NodeProcess } from './node-process.ts';

const timing = { tickMs: 10, electionTimeoutMs: 500, heartbeatIntervalMs: 50 };
const all = { first: 1, last: 3 };
const timeoutMs = 60_000;

function start(spec: IdleNodeSpec): Promise<NodeProcess<IdleNodeCalls>> {
  return NodeProcess.start('idle/node-main.js', spec);
}

async function specFor(folder: string): Promise<IdleNodeSpec> {
  const [port] = await findFreePorts(1);
  return { nodeId: 1, addresses: [{ host: '127.0.0.1', port: port! }], folder, groupsMax: 3, timing };
}

test(
  'a node starts groups, leads them if it is alone, tells what it costs, and stops',
  () =>
    withFolder(async (folder) => {
      const node = await start(await specFor(join(folder, 'node')));
      try {
        await node.call('start', { first: 1, last: 2 });
        await expect.poll(() => node.call('leadership', all)).toEqual({ led: 2, leaderless: 0 });
        await node.call('write', all);
        const first = await node.call('cpu', null);
        const second = await node.call('cpu', null);
        expect(second.atMs).toBeGreaterThan(first.atMs);
        expect(second.cpuUs).toBeGreaterThanOrEqual(first.cpuUs);
        const { heapBytes, residentBytes } = await node.call('memory', null);
        expect(heapBytes).toBeGreaterThan(0);
        expect(residentBytes).toBeGreaterThan(heapBytes);
        // A group that is there already.
        await expect(node.call('start', all)).rejects.toMatchObject({
          code: 'NODE_ENDED',
          message: expect.stringMatching(/runs here already/),
        });
      } finally {
        await node.stop();
      }
      await expect(node.call('cpu', null)).rejects.toMatchObject({ code: 'NODE_ENDED' });
    }),
  timeoutMs,
);

test(
  'a process that does not come up, or is killed, is an error with its last words',
  () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'identity.json'), 'something else');
      const started = start(await specFor(folder));
      await expect(started).rejects.toMatchObject({
        code: 'NODE_ENDED',
        message: expect.stringMatching(/identity\.json/),
      });

      const node = await start(await specFor(join(folder, 'node')));
      node.kill();
      await expect(node.call('memory', null)).rejects.toMatchObject({ code: 'NODE_ENDED' });
      await node.stop();
    }),
  timeoutMs,
);
