import { configurationOf, Role } from '@balsa/raft';
import { beforeEach, expect, test } from 'vitest';
import { ReplicaError } from '../errors.ts';
import { type GroupState, GroupWatch } from './group-watch.ts';
import { withCluster } from './testing/test-cluster.ts';

let state: GroupState;
let watch: GroupWatch;

beforeEach(() => {
  const configuration = configurationOf([1, 2, 3]);
  state = { role: Role.follower, term: 1, leader: 2, configuration, appliedIndex: 5, isRestoring: false };
  watch = new GroupWatch(() => state);
});

function change(fields: Partial<GroupState>): void {
  state = { ...state, ...fields };
  watch.changed();
}

test('begins with the state as it is, and goes on whenever it differs, in whatever it may', async () => {
  const changes = watch.changes(undefined);
  expect((await changes.next()).value).toEqual(state);
  const differences: Partial<GroupState>[] = [
    { role: Role.leader },
    { term: 2 },
    { leader: undefined },
    { configuration: configurationOf([1, 2, 3]) },
    { appliedIndex: 6 },
    { isRestoring: true },
  ];
  for (const difference of differences) {
    const next = changes.next();
    watch.changed();
    await new Promise(setImmediate);
    change(difference);
    expect((await next).value).toEqual(state);
  }
});

test('of many changes between two looks, the newest is all there is', async () => {
  const changes = watch.changes(undefined);
  await changes.next();
  for (let appliedIndex = 6; appliedIndex <= 1000; appliedIndex++) change({ appliedIndex });
  expect((await changes.next()).value).toMatchObject({ appliedIndex: 1000 });
  const next = changes.next();
  change({ appliedIndex: 1001 });
  change({ appliedIndex: 1002 });
  expect((await next).value).toMatchObject({ appliedIndex: 1002 });
});

test('what is as it was before is no change', async () => {
  const changes = watch.changes(undefined);
  await changes.next();
  change({ appliedIndex: 6 });
  change({ appliedIndex: 5 });
  const next = changes.next();
  await new Promise(setImmediate);
  change({ appliedIndex: 7 });
  expect((await next).value).toMatchObject({ appliedIndex: 7 });
});

test('every watcher hears of everything', async () => {
  const watchers = Array.from({ length: 3 }, () => watch.changes(undefined));
  for (const watcher of watchers) await watcher.next();
  const next = watchers.map((watcher) => watcher.next());
  change({ term: 9 });
  expect((await Promise.all(next)).map(({ value }) => (value as GroupState).term)).toEqual([9, 9, 9]);
});

test('ends when nothing will change any more, whoever waits and whoever asks later', async () => {
  const waiting = watch.changes(undefined);
  await waiting.next();
  const next = waiting.next();
  watch.end();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(await watch.changes(undefined).next()).toEqual({ done: true, value: undefined });
});

test('ends with the failure, even if it is ended once more', async () => {
  const waiting = watch.changes(undefined);
  await waiting.next();
  const next = waiting.next();
  const error = new ReplicaError('GROUP_FAILED', 'it was poisoned');
  watch.end(error);
  watch.end();
  await expect(next).rejects.toBe(error);
  await expect(watch.changes(undefined).next()).rejects.toBe(error);
});

test('ends with the reason of its signal, before it begins, while it waits, and between two looks', async () => {
  const reason = new Error('enough');
  await expect(watch.changes(AbortSignal.abort(reason)).next()).rejects.toBe(reason);
  const abort = new AbortController();
  const waiting = watch.changes(abort.signal);
  await waiting.next();
  const pausing = watch.changes(abort.signal);
  await pausing.next();
  const next = waiting.next();
  abort.abort(reason);
  await expect(next).rejects.toBe(reason);
  await expect(pausing.next()).rejects.toBe(reason);
});

test('a group tells of leaders, members and progress, and ends its watches when it stops', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const [node] = cluster.nodes;
    const seen: GroupState[] = [];
    const watching = (async () => {
      for await (const step of node!.group().changes()) seen.push(step);
      return 'ended';
    })();
    const leader = await cluster.leader();
    await leader.propose('a text');
    await cluster.quiet();
    expect(seen.map(({ term }) => term)).toEqual(seen.map(({ term }) => term).toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({
      leader: leader.id,
      configuration: configurationOf([1, 2, 3]),
      appliedIndex: node!.group().status().appliedIndex,
    });
    await node!.stop();
    expect(await watching).toBe('ended');
  }));

test('a group that fails ends its watches with the failure', () =>
  withCluster({ size: 1 }, async (cluster) => {
    const leader = await cluster.leader();
    const watching = (async () => {
      for await (const { role } of leader.group().changes()) expect(role).toBe('leader');
    })();
    leader.propose('poison').catch(() => {});
    await expect(watching).rejects.toMatchObject({
      code: 'GROUP_FAILED',
      cause: expect.objectContaining({ message: 'the journal was poisoned' }),
    });
  }));
