// Real processes, real sockets, real kills. Needs `npm run build`: processes run what is built.

import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LocalCluster, type LocalClusterOptions, type LocalNode } from './cluster/local-cluster.ts';
import { insertRows, readRows, statusOf } from './testing/http-client.ts';
import { storeStatisticsOf } from './testing/store-statistics.ts';
import { temporaryFolder } from './testing/test-node.ts';

let device = 'root.plant.line1';
const electionTimeoutMs = 300;
const dataGroup = 1;

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (let cleanUp = cleanUps.pop(); cleanUp !== undefined; cleanUp = cleanUps.pop()) {
    await cleanUp();
  }
});

function startIn(folder: string, { settings, ...options }: Omit<LocalClusterOptions, 'folder'>): Promise<LocalCluster> {
  return LocalCluster.start({
    ...options,
    folder,
    settings: { timing: { electionTimeoutMs, heartbeatIntervalMs: 50 }, ...settings },
  });
}

async function startCluster(options: Omit<LocalClusterOptions, 'folder'>): Promise<LocalCluster> {
  const folder = temporaryFolder();
  cleanUps.push(folder.remove);
  const cluster = await startIn(folder.path, options);
  cleanUps.push(() => cluster.stop());
  return cluster;
}

async function leaderOf(cluster: LocalCluster): Promise<LocalNode> {
  for (;;) {
    for (const node of cluster.nodes.filter((candidate) => candidate.running)) {
      const { leader, role } = (await statusOf(node.http)).groups[dataGroup] ?? {};
      if (role === 'leader' && leader === node.id) {
        return node;
      }
    }
    await sleep(20);
  }
}

/** Waits until the leader has heard of every node that it has applied everything. */
async function allApplied(cluster: LocalCluster): Promise<void> {
  for (;;) {
    const leader = await leaderOf(cluster);
    const { members } = (await statusOf(leader.http)).groups[dataGroup] ?? { members: [] };
    if (members.length === cluster.nodes.length && members.every(({ applyLag }) => applyLag === 0)) {
      return;
    }
    await sleep(20);
  }
}

/** Writes until a node takes it; the row is the same every time, so a repeat changes nothing. */
async function insertUntilTaken(node: LocalNode, row: readonly [number, number]): Promise<void> {
  for (;;) {
    const { code, message } = await insertRows(node.http, device, [row]);
    if (code === 200) {
      return;
    }
    expect([606, 905, 906, 9002], message).toContain(code);
    await sleep(20);
  }
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

describe('three nodes through a day’s misfortunes: every step starts from what the one before has left', () => {
  let cluster: LocalCluster;
  let folder: ReturnType<typeof temporaryFolder>;
  let steps = 0;

  beforeAll(async () => {
    folder = temporaryFolder();
    cluster = await startIn(folder.path, { nodes: 3 });
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
    folder.remove();
  });
  // What is written in one step does not show in the next.
  beforeEach(() => {
    device = `root.plant.line${++steps}`;
  });

  test('a killed, a paused and then every node; nothing that was acknowledged is lost', async () => {
    const rows: (readonly [number, number])[] = [];
    const write = async (node: LocalNode): Promise<void> => {
      const row = [rows.length, rows.length * 1.5] as const;
      await insertUntilTaken(node, row);
      rows.push(row);
    };
    const expectEverywhere = async (): Promise<void> => {
      for (const node of cluster.nodes.filter((candidate) => candidate.running)) {
        expect(await readRows(node.http, device)).toEqual(rows);
      }
    };

    for (const node of cluster.nodes) {
      await write(node);
    }
    await expectEverywhere();
    await allApplied(cluster);

    const killed = await leaderOf(cluster);
    await cluster.kill(killed.id);
    expect(cluster.node(killed.id).running).toBe(false);
    const survivors = cluster.nodes.filter((node) => node.running);
    for (let i = 0; i < 20; i++) {
      await write(survivors[i % survivors.length]!);
    }
    const successor = await leaderOf(cluster);
    expect(successor.id).not.toBe(killed.id);
    await expectEverywhere();
    await cluster.start(killed.id);
    await expectEverywhere();

    cluster.pause(successor.id);
    await write(cluster.node(killed.id));
    cluster.resume(successor.id);
    await expectEverywhere();

    await Promise.all(cluster.nodes.map((node) => cluster.kill(node.id)));
    await Promise.all(cluster.nodes.map((node) => cluster.start(node.id)));
    await expectEverywhere();

    const stores = await Promise.all(cluster.nodes.map((node) => storeStatisticsOf(node.client)));
    expect(stores[0]).toMatchObject({ devices: 1, series: 1, points: rows.length });
    expect(new Set(stores.map(({ checksum }) => checksum)).size).toBe(1);
  }, 60_000);

  test('a lost disk of which nobody tells: the others refuse the node and go on, until it is declared', async () => {
    await insertUntilTaken(cluster.node(1), [1, 1]);
    await allApplied(cluster);
    const lost = await leaderOf(cluster);
    const [kept, other] = cluster.nodes.filter((node) => node.id !== lost.id) as [LocalNode, LocalNode];
    await loseDisk(cluster, lost);
    await cluster.start(lost.id, 'listening');
    await insertUntilTaken(kept, [2, 2]);
    await untilLogged(lost, `node ${kept.id} refuses this node: PEER_FOLDER_CHANGED`);
    await untilLogged(lost, `node ${other.id} refuses this node: PEER_FOLDER_CHANGED`);
    for (const node of [kept, other]) await untilLogged(node, `node ${lost.id} has another data folder than before`);

    // It must not help to elect: one that knows everything and one that has forgotten everything are no quorum.
    await cluster.kill(other.id);
    while ((await statusOf(kept.http)).health === 'ready') await sleep(10);
    expect(await insertRows(kept.http, device, [[3, 3]])).toMatchObject({ code: 906 });
    const { health, groups } = await statusOf(lost.http);
    expect([health, groups.map(({ lastIndex }) => lastIndex)]).toEqual(['waiting', [0, 0]]);
    await cluster.start(other.id);

    await loseDisk(cluster, lost);
    declareLoss(lost);
    await cluster.start(lost.id);
    await insertUntilTaken(lost, [4, 4]);
    await allApplied(cluster);
    const rows = await readRows(kept.http, device);
    // What was refused for want of a quorum may have come in after all.
    expect(rows.filter(([timestamp]) => timestamp !== 3)).toEqual([
      [1, 1],
      [2, 2],
      [4, 4],
    ]);
    for (const node of cluster.nodes) expect(await readRows(node.http, device)).toEqual(rows);
  }, 60_000);

  test('a lost disk, declared as such: all is restored while writing goes on', async () => {
    const { points: pointsBefore } = await storeStatisticsOf((await leaderOf(cluster)).client);
    const rows: (readonly [number, number])[] = [];
    const write = async (node: LocalNode): Promise<void> => {
      const row = [rows.length, rows.length * 1.5] as const;
      await insertUntilTaken(node, row);
      rows.push(row);
    };
    for (let i = 0; i < 20; i++) await write(cluster.nodes[i % 3]!);

    const lost = await leaderOf(cluster);
    const [kept, other] = cluster.nodes.filter((node) => node.id !== lost.id) as [LocalNode, LocalNode];
    await loseDisk(cluster, lost);
    declareLoss(lost);
    const starting = cluster.start(lost.id);
    for (let i = 0; i < 50; i++) await write(i % 2 === 0 ? kept : other);
    await starting;
    await allApplied(cluster);
    for (const node of cluster.nodes) expect(await readRows(node.http, device)).toEqual(rows);

    // It counts again: with one of the others gone, it makes the quorum. The setting changes nothing for a folder that is there.
    await cluster.kill(lost.id);
    await cluster.start(lost.id);
    await cluster.kill(other.id);
    await write(lost);
    for (const node of [lost, kept]) expect(await readRows(node.http, device)).toEqual(rows);
    await cluster.start(other.id);
    await allApplied(cluster);
    const stores = await Promise.all(cluster.nodes.map((node) => storeStatisticsOf(node.client)));
    expect(stores[0]).toMatchObject({ points: pointsBefore + rows.length });
    expect(new Set(stores.map(({ checksum }) => checksum)).size).toBe(1);
  }, 60_000);

  test('a flipped bit in a node’s log: what is lost is restored from the others', async () => {
    const marker = 1234567.25;
    const rows: readonly (readonly [number, number])[] = [
      [1, 1],
      [2, marker],
      [3, 3],
    ];
    for (const row of rows) {
      await insertUntilTaken(cluster.node(1), row);
    }
    const damaged = await leaderOf(cluster);
    await cluster.kill(damaged.id);
    flipBitOf(join(damaged.folder, 'data', 'log'), Buffer.from(new Float64Array([marker]).buffer));
    await cluster.start(damaged.id);
    expect(readFileSync(join(damaged.folder, 'stdout.log'), 'utf8')).toContain('LOG_DAMAGED');
    expect(await readRows(damaged.http, device)).toEqual(rows);

    // It counts again: with one of the others gone, it makes the quorum.
    const other = cluster.nodes.find((node) => node.id !== damaged.id)!;
    await cluster.kill(other.id);
    await insertUntilTaken(damaged, [4, 4]);
    expect(await readRows(damaged.http, device)).toEqual([...rows, [4, 4]]);
  }, 60_000);
});

test('files of series that are gone or damaged at a start: what the log does not hold of them is restored from the others', async () => {
  const cluster = await startCluster({ nodes: 3, settings: { snapshots: { logEntries: 5, logTailBytes: 0 } } });
  const rows = Array.from({ length: 40 }, (_, i): readonly [number, number] => [i, i * 1.5]);
  for (const row of rows) await insertUntilTaken(cluster.node(1), row);
  const damaged = await leaderOf(cluster);
  const storage = join(damaged.folder, 'data', 'storage', '1');
  const resourceOf = (): string | undefined => readdirSync(storage).find((name) => name.endsWith('.resource'));
  for (const damage of ['gone', 'damaged']) {
    while (resourceOf() === undefined) await sleep(20);
    await cluster.kill(damaged.id);
    if (damage === 'gone') rmSync(storage, { recursive: true });
    else
      for (const name of readdirSync(storage)) if (name.endsWith('.resource')) appendFileSync(join(storage, name), 'x');
    await cluster.start(damaged.id);
    expect(readFileSync(join(damaged.folder, 'stdout.log'), 'utf8')).toContain('SNAPSHOT_DAMAGED');
    expect(await readRows(damaged.http, device)).toEqual(rows);
  }
  await allApplied(cluster);
  const stores = await Promise.all(cluster.nodes.map((node) => storeStatisticsOf(node.client)));
  expect(new Set(stores.map(({ checksum }) => checksum)).size).toBe(1);
}, 60_000);

async function untilLogged({ folder }: LocalNode, words: string): Promise<void> {
  while (!readFileSync(join(folder, 'stdout.log'), 'utf8').includes(words)) await sleep(20);
}

/** The node's process is killed, and all that it kept is gone. */
async function loseDisk(cluster: LocalCluster, { id, folder }: LocalNode): Promise<void> {
  await cluster.kill(id);
  rmSync(join(folder, 'data'), { recursive: true });
}

function declareLoss({ folder }: LocalNode): void {
  const file = join(folder, 'node.yaml');
  const line = 'replacesLostDisk: yes\n';
  if (!readFileSync(file, 'utf8').includes(line)) appendFileSync(file, line);
}

/** Damages the first file of the folder that holds `bytes`, in the middle of them. */
function flipBitOf(folder: string, bytes: Buffer): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const content = readFileSync(path);
    const position = content.indexOf(bytes);
    if (position >= 0) {
      content[position + 4]! ^= 1;
      writeFileSync(path, content);
      return;
    }
  }
  throw new Error(`no file in ${folder} holds the bytes`);
}

describe('small clusters', () => {
  test('one node serves, and keeps its data over a kill; the cluster knows its nodes, and starts none after it was stopped', async () => {
    const cluster = await startCluster({ nodes: 1 });
    expect(await insertRows(cluster.node(1).http, device, [[1, 2]])).toMatchObject({ code: 200 });
    await cluster.kill(1);
    await cluster.start(1);
    expect(await readRows(cluster.node(1).http, device)).toEqual([[1, 2]]);
    await expect(cluster.kill(2)).rejects.toMatchObject({ code: 'CLUSTER_NODE_UNKNOWN' });
    await cluster.kill(1, 'SIGTERM');
    expect(() => cluster.pause(1)).toThrow(/not running/);
    await cluster.stop();
    await expect(cluster.start(1)).rejects.toMatchObject({ code: 'CLUSTER_STOPPED' });
  });

  test('of two nodes, one alone refuses writes and linearizable reads within the election timeout', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const leader = await leaderOf(cluster);
    const left = leader.id;
    await insertUntilTaken(leader, [1, 2]);
    await cluster.kill(left === 1 ? 2 : 1);
    // The leader notices within an election timeout that it has no quorum; from then on it knows at once.
    while ((await statusOf(leader.http)).health === 'ready') {
      await sleep(10);
    }
    const startedMs = performance.now();
    expect(await insertRows(leader.http, device, [[2, 3]])).toMatchObject({ code: 906 });
    expect(performance.now() - startedMs).toBeLessThan(2 * electionTimeoutMs + 500);
    expect(await readRows(leader.http, device, 'local')).toEqual([[1, 2]]);
    expect((await fetch(`http://${leader.http}/ping`)).status).toBe(503);

    await cluster.start(left === 1 ? 2 : 1);
    await insertUntilTaken(leader, [2, 3]);
    expect(await readRows(cluster.node(left === 1 ? 2 : 1).http, device)).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });
});

test('a cluster that makes no sense is refused', async () => {
  const folder = temporaryFolder();
  cleanUps.push(folder.remove);
  await expect(LocalCluster.start({ nodes: 0, folder: folder.path })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
  const settings = { timing: { electionTimeoutMs: 100, heartbeatIntervalMs: 100 } };
  await expect(LocalCluster.start({ folder: folder.path, settings })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
});
