// What submitters hear when there is no leader, when it changes, or when it takes too long. Times are those of the
// tests' timing: an election timeout of 100 ms, ticks of 5 ms.

import { Role } from '@balsa/raft';
import { expect, test } from 'vitest';
import { encodePayload } from './payload.ts';
import { withCluster } from './testing/test-cluster.ts';
import { testTiming } from './testing/test-node.ts';

const { electionTimeoutMs, tickMs } = testTiming;

test('without a quorum a submission hears NO_QUORUM within the election timeout', () =>
  withCluster({ size: 3 }, async (cluster) => {
    await cluster.leader();
    for (const { id } of cluster.nodes) cluster.isolate(id);
    await cluster.time.until('nobody leads', () => cluster.nodes.every((node) => node.group().leader === undefined));
    const board = cluster.board();
    const startMs = cluster.time.nowMs;
    for (const node of cluster.nodes) node.submit('nowhere', board, node.id);
    await cluster.time.until('three outcomes', () => board.size === 3);
    expect(board.codes()).toEqual(['NO_QUORUM', 'NO_QUORUM', 'NO_QUORUM']);
    expect(cluster.time.nowMs - startMs).toBeLessThanOrEqual(electionTimeoutMs + tickMs + 1);
    await expect(cluster.node(1).propose('nowhere', { needsQuorumNow: true })).rejects.toMatchObject({
      code: 'NO_QUORUM',
    });
    cluster.heal();
    expect(await cluster.agreedTexts()).toEqual([]);
  }));

test('once no leader was known for an election timeout, a submission hears NO_QUORUM at once', () =>
  withCluster({ size: 3 }, async (cluster) => {
    await cluster.leader();
    for (const { id } of cluster.nodes) cluster.isolate(id);
    await cluster.time.until('nobody leads', () => cluster.nodes.every((node) => node.group().leader === undefined));
    await cluster.time.pass(electionTimeoutMs + tickMs);
    const board = cluster.board();
    for (const node of cluster.nodes) node.submit('nowhere', board, node.id);
    expect(board.codes()).toEqual(['NO_QUORUM', 'NO_QUORUM', 'NO_QUORUM']);
  }));

test('what is submitted while a leader is being elected waits for it', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const old = await cluster.leader();
    await old.crash('process');
    const board = cluster.board();
    const survivors = cluster.running();
    await cluster.time.until('nobody leads', () => survivors.every((node) => node.group().leader === undefined));
    for (const node of survivors) node.submit(`from ${node.id}`, board, node.id);
    await cluster.time.until('both outcomes', () => board.size === 2);
    expect(board.codes()).toEqual(['applied', 'applied']);
    expect(await cluster.agreedTexts()).toHaveLength(2);
  }));

test('a leader that steps down tells everybody who waits at once: LEADER_CHANGED, or NOT_LEADER if it was never proposed', () =>
  withCluster({ size: 3, limits: { batchBytesMax: 512, batchesUnderWayMax: 2 } }, async (cluster) => {
    const leader = await cluster.leader();
    let steppedDownMs = Number.POSITIVE_INFINITY;
    leader.group().onRole(({ role }) => {
      if (role !== Role.leader) steppedDownMs = Math.min(steppedDownMs, cluster.time.nowMs);
    });
    cluster.isolate(leader.id);
    const board = cluster.board();
    for (let token = 0; token < 50; token++) leader.submit(`${token}`.padStart(64), board, token);
    await cluster.time.until('fifty outcomes', () => board.size === 50);
    expect(new Set(board.codes())).toEqual(new Set(['LEADER_CHANGED', 'NOT_LEADER']));
    for (let token = 0; token < 50; token++) expect(board.of(token).atMs).toBe(steppedDownMs);
    expect(leader.group().status()).toMatchObject({ queuedBytes: 0, uncommittedBytes: 0 });
    cluster.heal();
    await cluster.quiet();
    expect(board.repeated).toEqual([]);
  }));

test('what was forwarded to a leader that dies hears LEADER_CHANGED as soon as the connection breaks', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    leader.pause();
    const board = cluster.board();
    follower.submit('lost?', board, 1);
    await cluster.time.pass(10);
    const diedMs = cluster.time.nowMs;
    await leader.crash('power');
    await cluster.time.until('the outcome', () => board.has(1));
    expect(board.of(1).code).toBe('LEADER_CHANGED');
    expect(board.of(1).atMs - diedMs).toBeLessThan(100);
  }));

test('whoever waits hears DEADLINE_EXCEEDED when his time is over, at the leader and at a follower', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    for (const node of cluster.nodes) node.stickDisk();
    const board = cluster.board();
    const startMs = cluster.time.nowMs;
    leader.submit('late', board, 1, { timeoutMs: 30 });
    follower.submit('late too', board, 2, { timeoutMs: 30 });
    await cluster.time.until('both outcomes', () => board.size === 2);
    for (const token of [1, 2]) {
      expect(board.of(token).code).toBe('DEADLINE_EXCEEDED');
      expect(board.of(token).atMs - startMs).toBeGreaterThanOrEqual(30);
      expect(board.of(token).atMs - startMs).toBeLessThanOrEqual(30 + tickMs);
    }
    for (const node of cluster.nodes) node.freeDisk();
    // The outcome was unknown; here it was applied.
    expect((await cluster.agreedTexts()).toSorted()).toEqual(['late', 'late too']);
    expect(board.repeated).toEqual([]);
  }));

test('the proposals of a node that opens its session wait no longer than each wants to, and one takes over', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    for (const node of cluster.nodes) node.stickDisk();
    const startMs = cluster.time.nowMs;
    const opener = leader.propose('opener', { timeoutMs: 60 });
    const hasty = leader.propose('hasty', { timeoutMs: 20 });
    const patient = leader.propose('patient', { timeoutMs: 5000 });
    await expect(hasty).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(cluster.time.nowMs - startMs).toBeLessThanOrEqual(20 + 2 * tickMs);
    await expect(opener).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    for (const node of cluster.nodes) node.freeDisk();
    await patient;
    expect(await cluster.agreedTexts()).toEqual(['patient']);
  }));

test('a forwarded proposal is not forwarded again', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const [one, other] = cluster.nodes.filter((node) => node !== leader);
    const payload = encodePayload({ session: 0, sequence: 0, acknowledgedBelow: 0 }, Buffer.from('round and round'));
    one!.group().onFrame(other!.id, { kind: 'forward', proposal: { requestId: 1, payload, acknowledge: 'applied' } });
    await cluster.time.pass(50);
    expect(await cluster.agreedTexts()).toEqual([]);
  }));

test('a proposal that finds no leader, again and again, is given up at its deadline', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('opens the session');
    for (const { id } of cluster.nodes) cluster.isolate(id);
    await cluster.time.until('nobody leads', () => cluster.nodes.every((node) => node.group().leader === undefined));
    let code: string | undefined;
    leader.propose('nowhere', { timeoutMs: 300 }).catch((error: { readonly code: string }) => {
      code = error.code;
    });
    await cluster.time.until('it is given up', () => code !== undefined, 600);
    expect(code).toBe('NO_QUORUM');
    cluster.heal();
    await cluster.quiet();
  }));

test('a node that was held up hears its leader first, before it may think that it is gone', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const follower = await cluster.follower();
    await cluster.quiet();
    const roles: Role[] = [];
    follower.group().onRole(({ role }) => roles.push(role));
    follower.pause();
    await cluster.time.pass(20 * electionTimeoutMs);
    follower.resume();
    await cluster.quiet();
    expect(roles).toEqual([]);
  }));

test('a signal ends the wait of a proposal with its reason', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('first');
    for (const node of cluster.nodes) node.stickDisk();
    const aborter = new AbortController();
    const waiting = leader.propose('second', { signal: aborter.signal });
    await cluster.time.pass(10);
    aborter.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await expect(leader.propose('third', { signal: aborter.signal })).rejects.toThrow('no longer wanted');
    for (const node of cluster.nodes) node.freeDisk();
    expect(await cluster.agreedTexts()).toEqual(['first', 'second']);
  }));

test('a sink that submits again from within its refusal does not go round in circles', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    leader.pause();
    let refusals = 0;
    const board = cluster.board();
    const group = follower.group();
    const persistent = {
      completed: board.completed.bind(board),
      failed: (): void => {
        refusals++;
        setImmediate(() => follower.submit('again', board, 2));
        follower.submit('at once', board, 3);
      },
    };
    group.submit(Buffer.alloc(24), cluster.time.nowMs + 5000, persistent, 1);
    await cluster.time.pass(5);
    await leader.crash('process');
    await cluster.time.until('both outcomes', () => board.has(2) && board.has(3));
    expect(refusals).toBe(1);
  }));
