// Sessions in a cluster: they end by an entry of the leader's, on all replicas alike, and only when they were silent.

import { expect, test } from 'vitest';
import { encodePayload, endSilentSessionsPayload } from './payload.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import type { TestNode } from './testing/test-node.ts';

const sessionTimeoutMs = 800;
const stepMs = 50;
const endedMs = sessionTimeoutMs + 4 * stepMs + 20;
const limits = { sessionTimeoutMs };

/** Runs one command in the session; resolves with 'applied', or why not. */
async function use(cluster: TestCluster, node: TestNode, session: number, sequence: number): Promise<string> {
  const board = cluster.board();
  const payload = encodePayload({ session, sequence, acknowledgedBelow: sequence }, Buffer.from(`${sequence}`));
  node.group().submit(payload, cluster.time.nowMs + 1000, board, 1);
  await cluster.time.until('an outcome', () => board.size === 1);
  return board.of(1).code ?? 'applied';
}

function open(node: TestNode): Promise<number> {
  return node.group().openSession({ timeoutMs: 1000 });
}

function sessionsOf(cluster: TestCluster): number[] {
  return cluster.running().map((node) => node.group().status().sessions);
}

test('a silent session ends on every replica, one in use does not, and then the group is quiet', () =>
  withCluster({ size: 3, limits }, async (cluster) => {
    const node = await cluster.follower();
    const [silent, alive] = [await open(node), await open(node)];
    let sequence = 1;
    const startMs = cluster.time.nowMs;
    while (cluster.time.nowMs < startMs + sessionTimeoutMs - 200) {
      expect(await use(cluster, node, alive, sequence++)).toBe('applied');
      await cluster.time.pass(100);
    }
    expect(sessionsOf(cluster)).toEqual([2, 2, 2]);
    while (cluster.time.nowMs < startMs + endedMs) {
      expect(await use(cluster, node, alive, sequence++)).toBe('applied');
      await cluster.time.pass(100);
    }
    expect(sessionsOf(cluster)).toEqual([1, 1, 1]);
    expect(await use(cluster, node, silent, 1)).toBe('SESSION_UNKNOWN');
    await cluster.time.pass(endedMs);
    await cluster.agreedTexts();
    expect(sessionsOf(cluster)).toEqual([0, 0, 0]);
    const { lastIndex } = node.group().status();
    await cluster.time.pass(3 * endedMs);
    expect(node.group().status().lastIndex).toBe(lastIndex);
  }));

test('a new leader counts anew, whatever the old one had seen', () =>
  withCluster({ size: 3, limits }, async (cluster) => {
    const old = await cluster.leader();
    const session = await open(old);
    await cluster.time.pass(sessionTimeoutMs - 100);
    await old.crash('process');
    const next = await cluster.leader();
    await cluster.time.pass(sessionTimeoutMs - 100);
    expect(next.group().isLeader).toBe(true);
    expect(await use(cluster, next, session, 1)).toBe('applied');
    await cluster.time.pass(endedMs);
    expect(sessionsOf(cluster)).toEqual([0, 0]);
    await old.start();
    await cluster.agreedTexts();
    expect(sessionsOf(cluster)).toEqual([0, 0, 0]);
  }));

test('so does one that has led before', () =>
  withCluster({ size: 3, limits: { sessionTimeoutMs: 3000 } }, async (cluster) => {
    const first = await cluster.leader();
    const session = await open(first);
    await cluster.time.pass(500);
    do {
      const { id } = await cluster.leader();
      cluster.isolate(id);
      await cluster.leader(
        1,
        cluster.nodes.filter((node) => node.id !== id),
      );
      cluster.heal();
    } while ((await cluster.leader()) !== first);
    await cluster.time.pass(2900);
    expect(first.group().isLeader).toBe(true);
    expect(await use(cluster, first, session, 1)).toBe('applied');
  }));

test('a leader that was held up for longer than the timeout ends nobody who has spoken meanwhile', () =>
  withCluster({ size: 1, limits }, async (cluster) => {
    const node = await cluster.leader();
    const [session, silent] = [await open(node), await open(node)];
    for (let round = 1; round < 4; round++) {
      node.pause();
      await cluster.time.pass(3 * sessionTimeoutMs);
      const using = use(cluster, node, session, round);
      node.resume();
      expect(await using).toBe('applied');
    }
    await cluster.time.pass(endedMs - sessionTimeoutMs);
    expect(await use(cluster, node, session, 4)).toBe('applied');
    expect(await use(cluster, node, silent, 1)).toBe('SESSION_UNKNOWN');
  }));

test('without a timeout, no session ends by itself', () =>
  withCluster({ size: 1, limits: { sessionTimeoutMs: 0 } }, async (cluster) => {
    const node = await cluster.leader();
    await open(node);
    await cluster.time.pass(10 * sessionTimeoutMs);
    expect(sessionsOf(cluster)).toEqual([1]);
  }));

test("a node's own session that has ended is replaced unnoticed, on every node", () =>
  withCluster({ size: 3, limits }, async (cluster) => {
    await cluster.leader();
    for (const round of [1, 2, 3]) {
      await Promise.all(cluster.nodes.flatMap((node) => [1, 2].map((i) => node.propose(`${node.id} ${i} ${round}`))));
      expect(sessionsOf(cluster)[0]).toBeGreaterThan(0);
      await cluster.time.pass(endedMs + 100);
      expect(sessionsOf(cluster)).toEqual([0, 0, 0]);
    }
    const texts = await cluster.agreedTexts();
    expect([texts.length, new Set(texts).size]).toEqual([18, 18]);
  }));

test('nobody else can end sessions, neither by submitting nor by forwarding', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const session = await open(leader);
    const board = cluster.board();
    const payload = endSilentSessionsPayload(Number.MAX_SAFE_INTEGER);
    for (const node of cluster.nodes) node.group().submit(payload, cluster.time.nowMs + 1000, board, node.id);
    const other = cluster.nodes.find((node) => node !== leader)!;
    leader
      .group()
      .onFrame(other.id, { kind: 'forward', proposal: { requestId: 1e9, payload, acknowledge: 'applied' } });
    await cluster.time.pass(200);
    expect(board.codes()).toEqual(Array(3).fill('PAYLOAD_MALFORMED'));
    expect(await use(cluster, leader, session, 1)).toBe('applied');
  }));

test('what has ended stays so after the whole cluster has lost power', () =>
  withCluster({ size: 3, limits }, async (cluster) => {
    const leader = await cluster.leader();
    const ended = await open(leader);
    await cluster.time.pass(sessionTimeoutMs / 2);
    const kept = await open(leader);
    await cluster.time.until('one session has ended', () => sessionsOf(cluster).every((sessions) => sessions === 1));
    await Promise.all(cluster.nodes.map((node) => node.crash('power')));
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await cluster.agreedTexts();
    expect(sessionsOf(cluster)).toEqual([1, 1, 1]);
    const node = await cluster.follower();
    expect(await use(cluster, node, kept, 1)).toBe('applied');
    expect(await use(cluster, node, ended, 1)).toBe('SESSION_UNKNOWN');
  }));

test('a result over the limit is told as such wherever it was asked for, and harms nobody', () =>
  withCluster({ size: 3, limits: { resultBytesMax: 1 } }, async (cluster) => {
    const [leader, follower] = [await cluster.leader(), await cluster.follower()];
    for (let line = 1; line < 10; line++) await leader.propose(`${line}`);
    // The journal answers with the number of its lines.
    await expect(follower.propose('10')).rejects.toMatchObject({ code: 'RESULT_TOO_LARGE' });
    await expect(leader.propose('11')).rejects.toMatchObject({ code: 'RESULT_TOO_LARGE' });
    const board = cluster.board();
    leader.submit('12', board, 1);
    await cluster.time.until('an outcome', () => board.size === 1);
    expect(board.codes()).toEqual(['RESULT_TOO_LARGE']);
    expect(await cluster.agreedTexts()).toHaveLength(12);
    expect(cluster.nodes.flatMap(({ groupFailures }) => groupFailures)).toEqual([]);
  }));
