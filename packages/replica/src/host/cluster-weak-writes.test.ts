// Submitters that are told before their entry is applied: what they are told, when, and what becomes of it then.

import { expect, test } from 'vitest';
import type { TestCluster } from './testing/test-cluster.ts';
import { withCluster } from './testing/test-cluster.ts';
import type { TestNode } from './testing/test-node.ts';

const weakBytesMax = 100_000;
const heard = (cluster: TestCluster, what: string, isSo: () => boolean) => cluster.time.until(what, isSo, 2000);

function followersOf(cluster: TestCluster, leader: TestNode): TestNode[] {
  return cluster.nodes.filter((node) => node !== leader);
}

test('weak is told while no disk has it, and the outcome follows', () =>
  withCluster({ size: 3, weakBytesMax }, async (cluster) => {
    const leader = await cluster.leader();
    const board = cluster.board();
    for (const node of cluster.nodes) node.stickDisk();
    leader.submit('weakly', board, 1, { acknowledge: 'weak' });
    leader.submit('as ever', board, 2);
    leader.submit('committed', board, 3, { acknowledge: 'committed' });
    await heard(cluster, 'one is told', () => board.early.size > 0);
    await cluster.time.pass(50);
    expect([[...board.early].map(([token, { how }]) => [token, how]), board.size]).toEqual([[[1, 'weak']], 0]);
    for (const node of cluster.nodes) node.freeDisk();
    await heard(cluster, 'the outcomes', () => board.size === 3);
    expect([board.codes(), board.repeated]).toEqual([['applied', 'applied', 'applied'], []]);
    expect(await cluster.agreedTexts()).toEqual(['weakly', 'as ever', 'committed']);
  }));

test('weak is told through a node that does not lead, and when an election has kept it waiting', () =>
  withCluster({ size: 3, weakBytesMax }, async (cluster) => {
    const board = cluster.board();
    cluster.node(1).submit('before there is a leader', board, 1, { acknowledge: 'weak' });
    await heard(cluster, 'the first outcome', () => board.size === 1);
    const follower = await cluster.follower();
    for (const node of cluster.nodes) node.stickDisk();
    follower.submit('forwarded', board, 2, { acknowledge: 'weak' });
    await heard(cluster, 'the second is told', () => board.early.has(2));
    expect(board.has(2)).toBe(false);
    for (const node of cluster.nodes) node.freeDisk();
    await heard(cluster, 'the second outcome', () => board.size === 2);
    expect([board.codes(), board.repeated]).toEqual([['applied', 'applied'], []]);
  }));

test('a group that does not allow it refuses it, wherever it is asked', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const board = cluster.board();
    for (const node of cluster.nodes) node.submit('never', board, node.id, { acknowledge: 'weak' });
    await heard(cluster, 'all refusals', () => board.size === 3);
    expect(new Set(board.codes())).toEqual(new Set(['WEAK_NOT_ALLOWED']));
    leader.submit('committed', board, 9, { acknowledge: 'committed' });
    await heard(cluster, 'what is allowed', () => board.has(9));
    expect(await cluster.agreedTexts()).toEqual(['committed']);
  }));

test('a group is not started with less than nothing', () =>
  withCluster({ size: 1, weakBytesMax: 0 }, async (cluster) => {
    const { host } = cluster.node(1);
    const options = { group: 2, members: [1], stateMachine: cluster.node(1).journal() };
    for (const bytes of [-1, Number.NaN]) {
      expect(() => host.startGroup({ ...options, weakBytesMax: bytes })).toThrow(
        expect.objectContaining({ code: 'OPTIONS_INVALID' }),
      );
    }
  }));

test('a leader that does not allow it refuses it to a node that does', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const [follower] = followersOf(cluster, leader);
    const stateMachine = follower!.journal();
    await follower!.host.stopGroup(1);
    follower!.host.startGroup({ group: 1, members: [1, 2, 3], stateMachine, weakBytesMax });
    await cluster.leader();
    const board = cluster.board();
    follower!.submit('never', board, 1, { acknowledge: 'weak' });
    await heard(cluster, 'the refusal', () => board.size === 1);
    expect(board.codes()).toEqual(['WEAK_NOT_ALLOWED']);
  }));

test('what was told weakly survives the leader, and whoever submitted hears that he must ask again', () =>
  withCluster({ size: 3, weakBytesMax }, async (cluster) => {
    const leader = await cluster.leader();
    const board = cluster.board();
    const [cutOff, heir] = followersOf(cluster, leader);
    cluster.isolate(cutOff!.id);
    for (const node of [leader, heir!]) node.stickDisk();
    leader.submit('weakly', board, 1, { acknowledge: 'weak' });
    await heard(cluster, 'it is told', () => board.early.has(1));
    // The leader goes; its memory goes with it. The other disk comes back.
    cluster.network.cut(leader.id, heir!.id);
    heir!.freeDisk();
    cluster.network.heal(heir!.id, cutOff!.id);
    await cluster.leader(1, [heir!, cutOff!]);
    await heard(cluster, 'the heir applies it', () => heir!.journal().texts().length === 1);
    leader.freeDisk();
    cluster.heal();
    await heard(cluster, 'the denial', () => board.has(1));
    expect([board.codes(), board.repeated]).toEqual([['LEADER_CHANGED'], []]);
    expect(await cluster.agreedTexts()).toEqual(['weakly']);
  }));

test('what was told weakly is lost with the memory of all who had it, and whoever submitted is not told otherwise', () =>
  withCluster({ size: 3, weakBytesMax }, async (cluster) => {
    const leader = await cluster.leader();
    const board = cluster.board();
    const [cutOff, other] = followersOf(cluster, leader);
    cluster.isolate(cutOff!.id);
    for (const node of [leader, other!]) node.stickDisk();
    // A log writes one block after the other: behind this one, nothing is even begun.
    leader.submit('under way', board, 0);
    await cluster.time.pass(20);
    leader.submit('weakly', board, 1, { acknowledge: 'weak' });
    await heard(cluster, 'it is told', () => board.early.has(1));
    for (const node of [leader, other!]) await node.crash('power');
    cluster.heal();
    for (const node of [leader, other!]) await node.start();
    await (await cluster.leader()).propose('after');
    const texts = await cluster.agreedTexts();
    expect([texts.at(-1), texts.includes('weakly')]).toEqual(['after', false]);
    expect([board.size, board.repeated]).toEqual([0, []]);
  }));

test('no more is told weakly than may be lost: the rest hears when it is applied', () =>
  withCluster({ size: 3, weakBytesMax: 2000 }, async (cluster) => {
    const leader = await cluster.leader();
    const board = cluster.board();
    for (const node of cluster.nodes) node.stickDisk();
    for (let token = 1; token <= 4; token++) {
      leader.submit(`${token}`.padEnd(700), board, token, { acknowledge: 'weak' });
      await cluster.time.pass(10);
    }
    await cluster.time.pass(50);
    expect([...board.early.keys()]).toEqual([1, 2]);
    for (const node of cluster.nodes) node.freeDisk();
    await heard(cluster, 'the outcomes', () => board.size === 4);
    expect([board.codes(), board.repeated]).toEqual([['applied', 'applied', 'applied', 'applied'], []]);
  }));

test('a leader of an earlier release is asked for less, and tells more', () =>
  withCluster({ size: 3, weakBytesMax, versions: { oldest: 1, newest: 4 } }, async (cluster) => {
    const follower = await cluster.follower();
    const board = cluster.board();
    follower.submit('forwarded', board, 1, { acknowledge: 'weak' });
    await heard(cluster, 'the outcome', () => board.size === 1);
    expect([board.codes(), board.early.size]).toEqual([['applied'], 0]);
  }));
