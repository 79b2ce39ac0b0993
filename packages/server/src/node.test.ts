// What keeps a node from starting: each with its code, and with nothing left open.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mustParseAddress } from './address.ts';
import type { NodeConfig } from './config/node-config.ts';
import { BalsaNode } from './node.ts';
import { insertRows, readRows } from './testing/http-client.ts';
import { temporaryFolder, testConfig, untilReady } from './testing/test-node.ts';

let folder: ReturnType<typeof temporaryFolder>;
let config: NodeConfig;

beforeEach(async () => {
  folder = temporaryFolder();
  config = await testConfig(folder.path);
});

afterEach(() => folder.remove());

async function runOnce(work: (config: NodeConfig) => Promise<void> = async () => {}): Promise<void> {
  const node = await BalsaNode.start(config);
  try {
    await untilReady(config);
    await work(config);
  } finally {
    await node.stop();
  }
}

function startFailure(changes: Partial<NodeConfig> = {}): Promise<unknown> {
  return BalsaNode.start({ ...config, ...changes }).then(
    (node) => node.stop(),
    (error: unknown) => error,
  );
}

describe('addresses', () => {
  async function occupy(address: string): Promise<Server> {
    const { host, port } = mustParseAddress(address);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ host, port }, resolve));
    return server;
  }

  test.each(['peer', 'client', 'http'] as const)('the %s port is in use', async (face) => {
    const occupier = await occupy(config.listen[face]);
    expect(await startFailure()).toMatchObject({ code: 'ADDRESS_IN_USE' });
    await new Promise((resolve) => occupier.close(resolve));
    // The failed start has let go of everything.
    await runOnce();
  });

  test.each(['peer', 'client', 'http'] as const)('the %s address is not of this machine', async (face) => {
    const listen = { ...config.listen, [face]: '203.0.113.1:7001' };
    expect(await startFailure({ listen })).toMatchObject({ code: 'ADDRESS_UNUSABLE' });
  });
});

describe('the data folder', () => {
  test('is another node’s, or another cluster’s', async () => {
    await runOnce();
    const members = [{ ...config.members[0]!, id: 2 }];
    expect(await startFailure({ nodeId: 2, members })).toMatchObject({ code: 'DATA_FOLDER_FOREIGN' });
    expect(await startFailure({ clusterName: 'other' })).toMatchObject({ code: 'DATA_FOLDER_FOREIGN' });
  });

  test('is in use', async () => {
    await runOnce(async () => {
      const other = await testConfig(folder.path);
      expect(await startFailure({ listen: other.listen })).toMatchObject({ code: 'DATA_FOLDER_LOCKED' });
    });
  });

  test('is a file', async () => {
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    expect(await startFailure({ dataFolder: file })).toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
  });

  test.skipIf(!canMount()).each([
    ['cannot be written', 'ro'],
    ['is full', 'size=4m'],
  ])('%s', async (_, mountOptions) => {
    const mounted = join(folder.path, 'mounted');
    mkdirSync(mounted);
    execFileSync('mount', ['-t', 'tmpfs', '-o', mountOptions, 'tmpfs', mounted]);
    try {
      expect(await startFailure({ dataFolder: join(mounted, 'data') })).toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    } finally {
      execFileSync('umount', [mounted]);
    }
  });

  test('has lost its term and vote', async () => {
    await runOnce();
    truncateSync(join(config.dataFolder, 'hard-state'), 0);
    expect(await startFailure()).toMatchObject({ code: 'HARD_STATE_DAMAGED' });
  });
});

describe('the log', () => {
  const device = 'root.plant.line1';
  const marker = 1234567.25;
  const markerBytes = Buffer.from(new Float64Array([marker]).buffer);

  /** Writes three rows, each in a block of its own; the marker is in the second. */
  async function writeRows(): Promise<void> {
    for (const [timestamp, value] of [[1, 1] as const, [2, marker] as const, [3, 3] as const]) {
      expect(await insertRows(config.listen.http, device, [[timestamp, value]])).toMatchObject({ code: 200 });
    }
  }

  function segmentWithMarker(): { readonly path: string; readonly bytes: Buffer; readonly position: number } {
    const logFolder = join(config.dataFolder, 'log');
    for (const name of readdirSync(logFolder)) {
      const path = join(logFolder, name);
      const bytes = readFileSync(path);
      const position = bytes.indexOf(markerBytes);
      if (position >= 0) {
        return { path, bytes, position };
      }
    }
    throw new Error('no segment holds the marker');
  }

  test('is read again after a stop', async () => {
    await runOnce(writeRows);
    await runOnce(async () => {
      expect(await readRows(config.listen.http, device)).toEqual([
        [1, 1],
        [2, marker],
        [3, 3],
      ]);
    });
  });

  test('gives way to snapshots, as often as the configuration says', async () => {
    const snapshots = { ...config.snapshots, logBytes: 64 * 1024, logTailBytes: 0, logBytesMax: 64 * 1024 };
    config = { ...config, snapshots };
    const rows = Array.from({ length: 1000 }, (_, i) => [i + 1, i / 2] as const);
    const snapshotFolder = join(config.dataFolder, 'snapshots');
    await runOnce(async () => {
      while (readdirSync(snapshotFolder, { recursive: true }).length === 0) {
        expect(await insertRows(config.listen.http, device, rows)).toMatchObject({ code: 200 });
      }
    });
    await runOnce(async () => expect(await readRows(config.listen.http, device)).toEqual(rows));
  });

  test('has a flipped bit', async () => {
    await runOnce(writeRows);
    const { path, bytes, position } = segmentWithMarker();
    bytes[position]! ^= 1;
    writeFileSync(path, bytes);
    expect(await startFailure()).toMatchObject({ code: 'LOG_DAMAGED' });
    bytes[position]! ^= 1;
    writeFileSync(path, bytes);
    await runOnce(async () => {
      expect(await readRows(config.listen.http, device)).toHaveLength(3);
    });
  });

  test('has a segment that was cut off', async () => {
    await runOnce(async () => {
      await writeRows();
      // Once the next segment is prepared, it is known how long this one must be.
      await vi.waitUntil(() => readdirSync(join(config.dataFolder, 'log')).length > 1, { timeout: 20_000 });
    });
    const { path, position } = segmentWithMarker();
    truncateSync(path, position);
    expect(await startFailure()).toMatchObject({ code: 'LOG_DAMAGED' });
  });
});

/** Whether this process may mount a file system, as root in a container with that right may. */
function canMount(): boolean {
  const probe = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', probe.path], { stdio: 'ignore' });
    execFileSync('umount', [probe.path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    probe.remove();
  }
}
