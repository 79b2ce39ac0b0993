// A member that does not keep up costs the others neither time nor memory, and a host that stops leaves nothing behind.

import { expect, test } from 'vitest';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import type { TestNode } from './testing/test-node.ts';

const limits = { inflightBytesMax: 8192, appendBytesMax: 2048, batchBytesMax: 2048, cacheBytesMax: 8192 };

/** Writes one line after the other and returns how long the slowest took, in milliseconds. */
async function slowestWriteMs(cluster: TestCluster, leader: TestNode, lines: number): Promise<number> {
  let slowest = 0;
  for (let i = 0; i < lines; i++) {
    const startMs = cluster.time.nowMs;
    await leader.propose(`${i}`.padEnd(500));
    slowest = Math.max(slowest, cluster.time.nowMs - startMs);
  }
  return slowest;
}

const slownesses: readonly [name: string, begin: (node: TestNode) => void, end: (node: TestNode) => void][] = [
  ['is paused', (node) => node.pause(), (node) => node.resume()],
  ['has a disk that hangs', (node) => node.stickDisk(), (node) => node.freeDisk()],
];

for (const [name, begin, end] of slownesses) {
  test(`a follower that ${name} neither slows the others nor lets queues grow`, () =>
    withCluster({ size: 3, limits }, async (cluster) => {
      const leader = await cluster.leader();
      const follower = await cluster.follower();
      const before = await slowestWriteMs(cluster, leader, 100);
      const { term } = leader.group().status();
      begin(follower);
      expect(await slowestWriteMs(cluster, leader, 100)).toBeLessThanOrEqual(before + 1);
      const { followers, cachedBytes } = leader.group().status();
      for (const { inflightBytes } of followers) expect(inflightBytes).toBeLessThan(8192 + 2048);
      expect(cachedBytes).toBeLessThanOrEqual(8192);
      end(follower);
      expect(await cluster.agreedTexts()).toHaveLength(200);
      expect(leader.group().status().term).toBe(term);
    }));
}

test('a leader whose disk hangs commits what its followers hold', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('before');
    leader.stickDisk();
    await leader.propose('without its own copy');
    const { durableIndex, commitIndex } = leader.group().status();
    expect(durableIndex).toBeLessThan(commitIndex);
    leader.freeDisk();
    expect(await cluster.agreedTexts()).toEqual(['before', 'without its own copy']);
  }));

test('stop tells everybody who waits, once, and leaves no timer and no file open', () =>
  withCluster({ size: 3, groups: [1, 2] }, async (cluster) => {
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    for (const node of cluster.nodes) node.stickDisk();
    const board = cluster.board();
    leader.submit('at the leader', board, 1);
    follower.submit('forwarded', board, 2);
    cluster.isolate(follower.id);
    const waits = [
      leader.propose('by promise'),
      leader.group().openSession({ timeoutMs: 1000 }),
      follower.group().readBarrier({ timeoutMs: 1000 }),
    ].map((wait) => expect(wait).rejects.toMatchObject({ code: 'STOPPED' }));
    await cluster.time.pass(5);
    for (const node of cluster.nodes) node.freeDisk();
    const hosts = [leader.host, follower.host];
    const groups = [leader.group(), follower.group()];
    const left = await Promise.all([leader.stop(), follower.stop()]);
    expect(left).toEqual([
      { timers: 0, files: 0 },
      { timers: 0, files: 0 },
    ]);
    await Promise.all(waits);
    expect([board.of(1).code, board.of(2).code]).toEqual(['STOPPED', 'LEADER_CHANGED']);
    for (const [i, group] of groups.entries()) {
      group.submit(Buffer.alloc(24), 1e9, board, 10 + i);
      expect(board.of(10 + i).code).toBe('STOPPED');
      await expect(group.readBarrier({ timeoutMs: 10 })).rejects.toMatchObject({ code: 'STOPPED' });
      expect(group.status().queuedBytes).toBe(0);
      await hosts[i]!.stop();
    }
    expect(board.repeated).toEqual([]);
  }));
