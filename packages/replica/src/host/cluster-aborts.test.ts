// Whoever waits for a group can stop waiting, by a signal; and hears why when the group is the one that stops.

import { expect, test } from 'vitest';
import type { Group } from './group.ts';
import { withCluster } from './testing/test-cluster.ts';

const timeoutMs = 5000;

/** Everything of a group that takes its time, and that here would wait for as long as it may: there is no quorum. */
const waits: Readonly<Record<string, (group: Group, signal?: AbortSignal) => Promise<unknown>>> = {
  propose: (group, signal) => group.propose(Buffer.from('a text'), { timeoutMs, ...withSignal(signal) }),
  openSession: (group, signal) => group.openSession({ timeoutMs, ...withSignal(signal) }),
  readBarrier: (group, signal) => group.readBarrier({ timeoutMs, ...withSignal(signal) }),
  changeMembers: (group, signal) => group.changeMembers({ addLearners: [9] }, { timeoutMs, ...withSignal(signal) }),
  transferLeadership: (group, signal) => group.transferLeadership(undefined, { timeoutMs, ...withSignal(signal) }),
  takeSnapshot: (group, signal) => group.takeSnapshot(withSignal(signal)),
  changes: (group, signal) => group.changes(signal).next(),
};

function withSignal(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

test.each(Object.entries(waits))('%s ends with the reason of a signal that has fired, and does nothing', (_, wait) =>
  withCluster({ size: 2 }, async (cluster) => {
    const leader = await cluster.leader();
    await cluster.quiet();
    const before = leader.group().status();
    const reason = new Error('too late');
    await expect(wait(leader.group(), AbortSignal.abort(reason))).rejects.toBe(reason);
    await cluster.quiet();
    const { lastIndex, leader: leads } = leader.group().status();
    expect({ lastIndex, leads }).toEqual({ lastIndex: before.lastIndex, leads: leader.id });
  }),
);

test.each(['propose', 'openSession', 'readBarrier', 'changeMembers'])('%s ends as soon as its signal fires', (name) =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    await cluster.quiet();
    cluster.isolate(leader.id);
    const abort = new AbortController();
    const reason = new Error('enough');
    const waiting = expect(waits[name]!(leader.group(), abort.signal)).rejects.toBe(reason);
    await cluster.time.pass(20);
    const abortedMs = cluster.time.nowMs;
    abort.abort(reason);
    await waiting;
    expect(cluster.time.nowMs - abortedMs).toBeLessThan(20);
    cluster.heal();
    await cluster.quiet();
  }),
);

test.each(Object.entries(waits).filter(([name]) => name !== 'changes'))(
  '%s tells that the group has stopped, or failed',
  (_, wait) =>
    withCluster({ size: 1 }, async (cluster) => {
      const leader = await cluster.leader();
      const group = leader.group();
      await leader.propose('poison').catch(() => {});
      await expect(wait(group)).rejects.toMatchObject({ name: 'ReplicaError', code: 'GROUP_FAILED' });
      await leader.host.stopGroup(1, { handOverMs: 0 });
      await expect(wait(group)).rejects.toMatchObject({ name: 'ReplicaError', code: 'STOPPED' });
    }),
);
