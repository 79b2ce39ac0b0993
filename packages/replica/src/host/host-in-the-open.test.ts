// Hosts as a node has them, on the real disk, real sockets and the real clock: they work, they come back with everything,
// and when they stop, nothing of the process is left in use.

import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NodeDisk } from '../disk/node-disk.ts';
import { HardStateFile } from '../log/hard-state-file.ts';
import { VolatilePeerMemory } from '../log/volatile-peer-memory.ts';
import { WriteAheadLog } from '../log/write-ahead-log.ts';
import { MemorySnapshotStore } from '../snapshot-transfer/testing/memory-snapshot-store.ts';
import { findFreePorts } from '../transport/free-ports.ts';
import { type PeerAddress, TcpTransport } from '../transport/tcp-transport.ts';
import { Host } from './host.ts';
import { realClock } from './real-clock.ts';
import { Journal } from './testing/journal.ts';

const members = [1, 2, 3];
const settings = { segmentBytes: 1024 * 1024, firstSegmentBytes: 256 * 1024, blockBytesMax: 64 * 1024 };
let folder: string;
let peers: Map<number, PeerAddress>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'balsa-host-'));
  const ports = await findFreePorts(members.length);
  peers = new Map(ports.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
});

afterEach(() => rm(folder, { recursive: true }));

interface StartedHost {
  readonly host: Host;
  readonly journal: Journal;
}

async function startHost(nodeId: number): Promise<StartedHost> {
  const disk = new NodeDisk();
  const path = join(folder, String(nodeId));
  await disk.createFolder(path);
  const fail = (error: Error): never => {
    throw error;
  };
  const host = await Host.open({
    nodeId,
    openLog: (events) => WriteAheadLog.open({ disk, folder: join(path, 'log'), clock: realClock, events, settings }),
    hardStates: await HardStateFile.open({ disk, path: join(path, 'hard-state') }),
    snapshots: new MemorySnapshotStore({ countsUnchecked: false }),
    transport: new TcpTransport({
      nodeId,
      cluster: 'test',
      listen: peers.get(nodeId)!,
      peers,
      folder: { id: nodeId, replacesLostDisk: false },
      peerMemory: new VolatilePeerMemory(),
      log: () => {},
    }),
    // Long enough for a machine that is busy with other tests.
    timing: { tickMs: 10, electionTimeoutMs: 500, heartbeatIntervalMs: 50 },
    events: { onFatal: fail, onGroupFailure: (_group, error) => fail(error) },
  });
  const journal = new Journal();
  host.startGroup({ group: 1, members, stateMachine: journal });
  await host.connect();
  return { host, journal };
}

/** The files in the folder that this process has open; none where the system cannot tell. */
async function openFiles(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const descriptors = await readdir('/proc/self/fd');
  const paths = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder));
}

function activeSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
}

test('three hosts replicate, come back from their disks, and leave nothing in use', async () => {
  const written: string[] = [];
  for (const round of ['first run', 'second run']) {
    const started = await Promise.all(members.map(startHost));
    const texts = members.map((id) => `${round}, node ${id}`);
    for (const [i, { host }] of started.entries()) {
      await host.group(1)!.propose(Buffer.from(texts[i]!), { timeoutMs: 20_000 });
    }
    written.push(...texts);
    for (const { host, journal } of started) {
      await host.group(1)!.readBarrier({ timeoutMs: 20_000 });
      expect(journal.texts()).toEqual(written);
    }
    if (process.platform === 'linux') expect((await openFiles()).length).toBeGreaterThan(0);
    await Promise.all(started.map(({ host }) => host.stop()));
    expect(await openFiles()).toEqual([]);
    // The system reports the end of a socket a little after it was closed.
    await vi.waitFor(() => expect(activeSockets()).toBe(0));
  }
});
