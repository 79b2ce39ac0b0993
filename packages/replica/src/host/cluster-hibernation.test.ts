import { expect, test } from 'vitest';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';

const timing = { hibernateAfterMs: 100 };

async function asleep(cluster: TestCluster): Promise<void> {
  await cluster.time.until('all sleep', () => cluster.running().every((node) => node.group().status().hibernates));
}

test('an idle group falls silent, and wakes for whoever wants it, wherever he asks', async () => {
  await withCluster({ size: 3, timing }, async (cluster) => {
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    await leader.propose('first');
    await asleep(cluster);
    const sent = cluster.network.framesSent;
    const { term } = leader.group().status();
    await cluster.time.pass(2000);
    expect(cluster.network.framesSent).toBe(sent);
    await follower.propose('second');
    await asleep(cluster);
    await follower.group().readBarrier({ timeoutMs: 1000 });
    await asleep(cluster);
    expect(await cluster.agreedTexts()).toEqual(['first', 'second']);
    expect(leader.group().status()).toMatchObject({ term, role: 'leader' });
  });
});

test('the death of a follower wakes nobody; that of the leader, whoever wants the group', async () => {
  await withCluster({ size: 3, timing }, async (cluster) => {
    const leader = await cluster.leader();
    const [one, other] = cluster.running().filter((node) => node !== leader);
    await leader.propose('first');
    await asleep(cluster);
    await one!.crash('process');
    await cluster.time.pass(1000);
    expect(leader.group().status().hibernates).toBe(true);
    await one!.start();
    await cluster.leader();
    await asleep(cluster);
    await leader.crash('process');
    await cluster.time.pass(1000);
    expect(other!.group().status().hibernates).toBe(true);
    await other!.propose('second');
    expect(await cluster.agreedTexts()).toEqual(['first', 'second']);
  });
});

test('a group falls asleep also if one of its nodes has not been there since the others were started', async () => {
  await withCluster({ size: 3, timing }, async (cluster) => {
    await (await cluster.leader()).propose('first');
    const nodes = cluster.running();
    for (const node of nodes) await node.crash('process');
    for (const node of nodes.slice(1)) await node.start();
    await cluster.leader();
    await asleep(cluster);
    await nodes[0]!.start();
    await (await cluster.leader()).propose('second');
    expect(await cluster.agreedTexts()).toEqual(['first', 'second']);
  });
});
