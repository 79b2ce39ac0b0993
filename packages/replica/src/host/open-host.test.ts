// A host as an embedder opens it: on the real disk and real sockets, or with parts of his own.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { StoppedNode } from '../forced-recovery/stopped-node.ts';
import { findFreePorts } from '../transport/free-ports.ts';
import { MemoryNetwork } from '../transport/memory-network.ts';
import type { PeerAddress, TcpTransport } from '../transport/tcp-transport.ts';
import type { Group } from './group.ts';
import { type OpenedHost, type OpenHostOptions, type OpenHostOverOptions, openHost } from './open-host.ts';
import { Journal } from './testing/journal.ts';

const timeoutMs = 20_000;
/** Long enough for a machine that is busy with other tests. */
const timing = { electionTimeoutMs: 500, heartbeatIntervalMs: 50 };
const members = [1, 2, 3];
let folder: string;
let addresses: Map<number, PeerAddress>;
const opened: OpenedHost[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'balsa-open-host-'));
  const ports = await findFreePorts(4);
  addresses = new Map(ports.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((node) => node.close()));
  await rm(folder, { recursive: true });
});

function optionsOf(nodeId: number, peers: readonly number[] = members): OpenHostOptions {
  return {
    nodeId,
    cluster: 'test',
    dataFolder: join(folder, `${nodeId}`),
    listen: addresses.get(nodeId)!,
    peers: new Map(peers.map((peer) => [peer, addresses.get(peer)!])),
    timing,
  };
}

async function open(options: OpenHostOptions): Promise<OpenedHost<TcpTransport>> {
  const node = await openHost(options);
  opened.push(node);
  return node;
}

interface Started {
  readonly node: OpenedHost<TcpTransport>;
  readonly group: Group;
  readonly journal: Journal;
}

async function start(options: OpenHostOptions, groupMembers: readonly number[] = members): Promise<Started> {
  const node = await open(options);
  const journal = new Journal();
  const group = node.host.startGroup({ group: 1, members: groupMembers, stateMachine: journal });
  await node.host.connect();
  return { node, group, journal };
}

test('what was forced upon a group is told at every start', async () => {
  const alone = await start(optionsOf(1, [1]), [1]);
  await alone.group.propose(Buffer.from('before'), { timeoutMs });
  expect(alone.node.forcedRecoveries).toEqual([]);
  await alone.node.close();
  const { dataFolder } = optionsOf(1, [1]);
  // Who was with it at its start, the folder does not say: it may have been one of three.
  const stopped = await StoppedNode.open({ dataFolder });
  const forced = await stopped.recover({ members: [1] });
  await stopped.close();
  const again = await start(optionsOf(1, [1]), [1]);
  expect(again.node.forcedRecoveries).toEqual(forced);
  await again.group.propose(Buffer.from('after'), { timeoutMs });
  expect(again.journal.texts()).toEqual(['before', 'after']);
  expect(again.group.status().forcedRecoveries).toBe(1);
  await again.node.close();
  await writeFile(join(dataFolder, 'recoveries.json'), 'no record');
  const damages: string[] = [];
  const last = await open({ ...optionsOf(1, [1]), onDamage: ({ code }) => damages.push(code) });
  expect([last.forcedRecoveries, damages]).toEqual([[], ['RECOVERY_RECORD_DAMAGED']]);
});

test('what must be said is enough: hosts replicate, and come back with everything', async () => {
  for (const round of [1, 2]) {
    const started = await Promise.all(members.map((id) => start(optionsOf(id))));
    for (const [i, { group }] of started.entries()) {
      await group.propose(Buffer.from(`round ${round}, node ${i + 1}`), { timeoutMs });
    }
    for (const { group, journal } of started) {
      await group.readBarrier({ timeoutMs });
      expect(journal.lines).toHaveLength(3 * round);
    }
    await Promise.all(started.map(({ node }) => node.close()));
  }
});

describe('a node that joins while the others run', () => {
  test('is in touch both ways once they know each other, and out of it once it is removed', async () => {
    const started = await Promise.all(members.map((id) => start(optionsOf(id))));
    await vi.waitFor(() => expect(started.map(({ node }) => node.host.connectedPeers.length)).toEqual([2, 2, 2]));
    const newcomer = await start(optionsOf(4), []);
    for (const { node } of started) node.transport.setPeer(4, addresses.get(4)!);
    const touch = (): number[][] => [...started, newcomer].map(({ node }) => node.host.connectedPeers.toSorted());
    await vi.waitFor(() => expect(touch()).toEqual([[2, 3, 4], [1, 3, 4], [1, 2, 4], [1, 2, 3]])); // biome-ignore format: a table
    for (const { node } of started) node.transport.removePeer(4);
    await vi.waitFor(() => expect(touch()).toEqual([[2, 3], [1, 3], [1, 2], []])); // biome-ignore format: a table
  });

  test('becomes a member, and one that was there from the start can go', async () => {
    const started = await Promise.all(members.map((id) => start(optionsOf(id))));
    for (const { group } of started) await group.propose(Buffer.from('before'), { timeoutMs });
    const newcomer = await start(optionsOf(4), []);
    for (const { node } of started) node.transport.setPeer(4, addresses.get(4)!);
    const leading = (): Promise<Started> =>
      vi.waitFor(() => {
        const leader = [...started, newcomer].find(({ group }) => group.isLeader);
        expect(leader).toBeDefined();
        return leader!;
      });
    await (await leading()).group.changeMembers({ addVoters: [4] }, { timeoutMs });
    await newcomer.group.readBarrier({ timeoutMs });
    expect(newcomer.journal.texts()).toEqual(['before', 'before', 'before']);
    await (await leading()).group.changeMembers({ remove: [1] }, { timeoutMs });
    for (const { node } of [...started.slice(1), newcomer]) node.transport.removePeer(1);
    await started[0]!.node.close();
    await newcomer.group.propose(Buffer.from('after'), { timeoutMs });
    expect(newcomer.group.status().configuration.voters.toSorted()).toEqual([2, 3, 4]);
  });
});

describe('what ends a host', () => {
  /** Alone, on a disk and a network in memory. */
  async function inMemory(disk: SimulatedDisk, options: Partial<OpenHostOverOptions<never>> = {}) {
    const network = new MemoryNetwork();
    const node = await openHost({
      nodeId: 1,
      cluster: 'test',
      dataFolder: '/node',
      disk,
      freeBytesMin: 0,
      lock: async () => ({ release: async () => {} }),
      logSettings: { segmentBytes: 256 * 1024, firstSegmentBytes: 64 * 1024, blockBytesMax: 32 * 1024 },
      timing,
      ...options,
      createTransport: () => network.transport(1),
    });
    opened.push(node);
    const group = node.host.startGroup({ group: 1, members: [1], stateMachine: new Journal() });
    await node.host.connect();
    return { node, group };
  }

  test('is told once: a group that stopped, if nobody else hears of that', async () => {
    const { node, group } = await inMemory(new SimulatedDisk());
    await expect(group.propose(Buffer.from('poison'), { timeoutMs })).rejects.toMatchObject({ code: 'GROUP_FAILED' });
    const failure = await node.failed;
    expect(failure).toMatchObject({ name: 'ReplicaError', code: 'GROUP_FAILED' });
    expect(failure.cause).toBe(group.failure);
  });

  test('is not a group whose failure somebody hears of', async () => {
    const heard: number[] = [];
    const events = { onGroupFailure: (id: number) => heard.push(id) };
    const { node, group } = await inMemory(new SimulatedDisk(), { events });
    await expect(group.propose(Buffer.from('poison'), { timeoutMs })).rejects.toMatchObject({ code: 'GROUP_FAILED' });
    expect(heard).toEqual([1]);
    expect(await Promise.race([node.failed, 'nothing'])).toBe('nothing');
  });

  test('is a disk that fails; whoever waits is told', async () => {
    const heard: Error[] = [];
    const disk = new SimulatedDisk();
    const { node, group } = await inMemory(disk, { events: { onFatal: (error) => heard.push(error) } });
    await group.propose(Buffer.from('a text'), { timeoutMs });
    disk.failNext({ operation: 'write', code: 'EIO' });
    await expect(group.propose(Buffer.from('another'), { timeoutMs })).rejects.toMatchObject({ code: 'STOPPED' });
    expect(await node.failed).toMatchObject({ name: 'ReplicaError', code: 'LOG_FAILED' });
    expect(heard).toEqual([await node.failed]);
  });
});

test('whoever waits when a host is closed is told that it stopped, and the next can have its folder at once', async () => {
  const { node, group } = await start(optionsOf(1));
  const waiting = expect(group.propose(Buffer.from('a text'), { timeoutMs })).rejects.toMatchObject({
    code: 'STOPPED',
  });
  await node.close();
  await waiting;
  await node.close();
  expect(() => node.host.startGroup({ group: 2, members, stateMachine: new Journal() })).toThrow(
    expect.objectContaining({ code: 'STOPPED' }),
  );
  await start(optionsOf(1));
});

describe('what cannot be opened', () => {
  test('leaves nothing open', async () => {
    const { listen: _l, peers: _p, ...basics } = optionsOf(1);
    const createTransport = (): never => {
      throw new Error('no transport today');
    };
    await expect(openHost({ ...basics, createTransport })).rejects.toThrow('no transport today');
    const network = new MemoryNetwork();
    const again = await openHost({ ...basics, createTransport: () => network.transport(1) });
    await expect(open(optionsOf(1))).rejects.toMatchObject({ code: 'DATA_FOLDER_LOCKED' });
    await again.close();
    await open(optionsOf(1));
  });

  test('may be its address: nothing stays in use of the one that comes second', async () => {
    const first = await start(optionsOf(1));
    const second = await open({ ...optionsOf(2), listen: addresses.get(1)! });
    await expect(second.host.connect()).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    await second.close();
    expect(first.node.host.connectedPeers).toEqual([]);
    await start(optionsOf(2));
    await vi.waitFor(() => expect(first.node.host.connectedPeers).toEqual([2]));
  });

  test.each<[string, Partial<OpenHostOptions>]>([
    ['nodeId', { nodeId: 0 }],
    ['nodeId', { nodeId: 1.5 }],
    ['cluster', { cluster: '' }],
    ['cluster', { cluster: 'ä'.repeat(129) }],
    ['dataFolder', { dataFolder: '' }],
    ['listen', { listen: { host: '', port: 7000 } }],
    ['listen', { listen: { host: '127.0.0.1', port: 0 } }],
    ['peers', { peers: new Map([[-2, { host: '127.0.0.1', port: 7000 }]]) }],
    ['peers', { peers: new Map([[2, { host: '127.0.0.1', port: 70_000 }]]) }],
    ['timing.tickMs', { timing: { tickMs: 0 } }],
    ['timing.hibernateAfterMs', { timing: { hibernateAfterMs: Number.NaN } }],
    ['timing.heartbeatIntervalMs', { timing: { heartbeatIntervalMs: 5 } }],
    ['timing.electionTimeoutMs', { timing: { electionTimeoutMs: 150 } }],
    ['timing.electionTimeoutMs', { timing: { electionTimeoutMs: Number.POSITIVE_INFINITY } }],
    ['timing.hibernateAfterMs', { timing: { hibernateAfterMs: -1 } }],
    ['timing.clockDriftMax', { timing: { clockDriftMax: 1 } }],
    ['limits.cacheBytesMax', { limits: { cacheBytesMax: -1 } }],
    ['limits.snapshotFetch.chunkBytes', { limits: { snapshotFetch: { chunkBytes: Number.NaN } } }],
    ['limits.snapshotSend.bytesPerSecondMax', { limits: { snapshotSend: { bytesPerSecondMax: -1 } } }],
    ['limits.snapshotRestore.bytesPerSecondMax', { limits: { snapshotRestore: { bytesPerSecondMax: -1 } } }],
    ['limits.proposalBytesMax', { limits: { proposalBytesMax: 40 * 1024 * 1024 } }],
    ['limits.proposalBytesMax', { transportLimits: { frameBytesMax: 1024 * 1024 } }],
    ['zones', { zones: new Map([[2, 'a b']]) }],
    ['zones', { zones: new Map([[2, 'z'.repeat(65)]]) }],
  ])('is refused before anything is touched: %s (%#)', async (name, change) => {
    const { timing: _, ...options } = optionsOf(1);
    const refusal = await openHost({ ...options, ...change }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'ReplicaError', code: 'OPTIONS_INVALID' });
    expect((refusal as Error).message).toMatch(new RegExp(`^${name.replaceAll('.', '\\.')}: `));
    expect((refusal as Error).message).not.toContain('; ');
  });

  test('is told all that is wrong with it', async () => {
    await expect(openHost({ ...optionsOf(1), nodeId: -1, cluster: '' })).rejects.toThrow(/nodeId: .*; cluster: /);
  });

  test.each([
    ['OPTIONS_INVALID', { group: -1, members }],
    ['OPTIONS_INVALID', { group: 2 ** 32, members }],
    ['MEMBERS_INVALID', { group: 1, members: [1, 2, 1] }],
    ['MEMBERS_INVALID', { group: 1, members: [1, 0] }],
  ])('is a group, with %s: %j', async (code, options) => {
    const { host } = await open(optionsOf(1));
    const stateMachine = new Journal();
    expect(() => host.startGroup({ ...options, stateMachine })).toThrow(expect.objectContaining({ code }));
    host.startGroup({ group: 1, members, stateMachine });
    expect(() => host.startGroup({ group: 1, members, stateMachine })).toThrow(
      expect.objectContaining({ code: 'GROUP_RUNS' }),
    );
  });
});

describe('a node whose disk was lost', () => {
  test('waits for others to restore a group that may have been there, and begins one that is new', async () => {
    const { node, group: old } = await start({ ...optionsOf(1, []), replacesLostDisk: true }, [1]);
    const isNew = true;
    const group = node.host.startGroup({ group: 2, members: [1], stateMachine: new Journal(), isNew });
    await group.propose(Buffer.from('a text'), { timeoutMs });
    await expect(old.propose(Buffer.from('a text'), { timeoutMs: 100 })).rejects.toMatchObject({ code: 'NO_QUORUM' });
    await node.close();
    // It is not new any more, and counts as before.
    const again = await open(optionsOf(1, []));
    const journal = new Journal();
    const known = again.host.startGroup({ group: 2, members: [1], stateMachine: journal });
    await known.readBarrier({ timeoutMs });
    expect(journal.texts()).toEqual(['a text']);
  });
});
