// Linearizable reads on any member: whoever has waited at the barrier sees everything that was acknowledged before.

import { expect, test } from 'vitest';
import { SeededRandom } from '../disk/seeded-random.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import { testTiming } from './testing/test-node.ts';

const { electionTimeoutMs, tickMs } = testTiming;

/** Writes and reads from random nodes at random times while links break, processes pause and disks hang. Returns how many reads were served. */
async function readersAndWriters(cluster: TestCluster, random: SeededRandom): Promise<number> {
  const acknowledged: string[] = [];
  const underWay: Promise<unknown>[] = [];
  let served = 0;
  const write = async (text: string): Promise<void> => {
    const node = cluster.node(random.between(1, cluster.nodes.length));
    await node.propose(text);
    acknowledged.push(text);
    await read();
  };
  const read = async (): Promise<void> => {
    const node = cluster.node(random.between(1, cluster.nodes.length));
    const before = [...acknowledged];
    try {
      const index = await node.group().readBarrier({ timeoutMs: 400 });
      expect(node.group().status().appliedIndex).toBeGreaterThanOrEqual(index);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(NO_QUORUM|DEADLINE_EXCEEDED)$/) });
      return;
    }
    const seen = new Set(node.journal().texts());
    expect(before.filter((text) => !seen.has(text))).toEqual([]);
    served++;
  };
  for (let step = 0; step < 150; step++) {
    const victim = random.between(1, cluster.nodes.length);
    if (random.chance(0.05)) cluster.isolate(victim);
    if (random.chance(0.03)) cluster.node(victim).pause();
    if (random.chance(0.08)) cluster.node(victim).stickDisk();
    if (random.chance(0.15)) recover(cluster);
    underWay.push(random.chance(0.4) ? write(`${step}`) : read());
    await cluster.time.pass(random.below(12));
  }
  recover(cluster);
  const outcomes = await Promise.allSettled(underWay);
  const broken = outcomes.find((outcome) => outcome.status === 'rejected' && outcome.reason.code === undefined);
  if (broken?.status === 'rejected') throw broken.reason;
  return served;
}

function recover(cluster: TestCluster): void {
  cluster.heal();
  for (const node of cluster.nodes) {
    node.resume();
    node.freeDisk();
  }
}

for (let seed = 1; seed <= 8; seed++) {
  test(`a read sees every write that was acknowledged before it (seed ${seed})`, () =>
    withCluster({ size: seed % 2 === 0 ? 5 : 3, seed }, async (cluster) => {
      await cluster.leader();
      expect(await readersAndWriters(cluster, new SeededRandom(seed))).toBeGreaterThan(10);
      await cluster.agreedTexts();
    }));
}

test('without a quorum a read hears NO_QUORUM at its deadline', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const follower = await cluster.follower();
    cluster.isolate(follower.id);
    const startMs = cluster.time.nowMs;
    const timeoutMs = 3 * electionTimeoutMs;
    await expect(follower.group().readBarrier({ timeoutMs })).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(cluster.time.nowMs - startMs).toBeLessThanOrEqual(timeoutMs + tickMs);
  }));

test('a leader that was deposed without knowing it serves no reads', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const old = await cluster.leader();
    const others = cluster.nodes.filter((node) => node !== old);
    cluster.isolate(old.id);
    const stale = old.group().readBarrier({ timeoutMs: 1000 });
    const refused = expect(stale).rejects.toMatchObject({ code: 'NO_QUORUM' });
    await (await cluster.leader(1, others)).propose('unseen by the old leader');
    await refused;
    expect(old.journal().texts()).toEqual([]);
  }));

test('a follower that lags behind serves a read when it has caught up, not before', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    await leader.propose('first');
    await cluster.quiet();
    // What is not durable at the follower is not told to it as committed, but the others commit it.
    follower.stickDisk();
    await leader.propose('second');
    let isServed = false;
    const reading = follower.group().readBarrier({ timeoutMs: 5000 });
    const noteServed = reading.then(() => {
      isServed = true;
    });
    await cluster.time.pass(100);
    expect([isServed, follower.journal().texts()]).toEqual([false, ['first']]);
    follower.freeDisk();
    await noteServed;
    expect(follower.journal().texts()).toEqual(['first', 'second']);
  }));
