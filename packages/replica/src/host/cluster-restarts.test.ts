// Nodes die at any moment and come back from their disks. What was acknowledged is there, once.

import { expect, test } from 'vitest';
import { SeededRandom } from '../disk/seeded-random.ts';
import type { HostLimits } from './host-options.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';

/** Random writes while random nodes crash, pause, are cut off and come back. Returns what was acknowledged. */
async function writeThroughFaults(cluster: TestCluster, random: SeededRandom): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let step = 0; step < 120; step++) {
    const node = cluster.node(random.between(1, cluster.nodes.length));
    const fault = random.below(24);
    if (!node.isRunning) {
      if (random.chance(0.4)) await node.start();
    } else if (fault === 0) await node.crash('power');
    else if (fault === 1) await node.crash('process');
    else if (fault === 2) cluster.isolate(node.id);
    else if (fault === 3) node.stickDisk();
    else if (fault < 8) free(cluster);
    else {
      const text = `${step}`.padEnd(random.between(4, 400));
      // A proposal of a node that dies is never answered; one that takes too long may fail.
      node.propose(text).then(
        () => acknowledged.push(text),
        () => {},
      );
    }
    await cluster.time.pass(random.below(15));
  }
  free(cluster);
  for (const node of cluster.nodes) if (!node.isRunning) await node.start();
  return acknowledged;
}

function free(cluster: TestCluster): void {
  cluster.heal();
  for (const node of cluster.nodes) node.freeDisk();
}

/** In half of the runs, sessions end all the time. */
function limitsOf(seed: number): Partial<HostLimits> {
  return { cacheBytesMax: 2048, ...(seed % 2 === 0 ? { sessionTimeoutMs: 30 } : {}) };
}

for (let seed = 1; seed <= 12; seed++) {
  test(`through crashes of random nodes nothing acknowledged is lost or applied twice (seed ${seed})`, () =>
    withCluster({ size: seed % 3 === 0 ? 5 : 3, seed, limits: limitsOf(seed) }, async (cluster) => {
      const acknowledged = await writeThroughFaults(cluster, new SeededRandom(seed));
      expect(acknowledged.length).toBeGreaterThan(10);
      // Which waits for every gauge to be back at 0.
      const texts = await cluster.agreedTexts();
      // Those that were still being tried may have been applied meanwhile, but none of them twice.
      expect(new Set(texts).size).toBe(texts.length);
      expect(acknowledged.filter((text) => !texts.includes(text))).toEqual([]);
      for (const node of cluster.nodes) {
        expect([...node.fatalErrors, ...node.groupFailures]).toEqual([]);
      }
    }));
}

test('a whole cluster that loses power comes back with everything', () =>
  withCluster({ size: 3, groups: [1, 2] }, async (cluster) => {
    const leader = await cluster.leader();
    const texts = Array.from({ length: 50 }, (_, i) => `line ${i}`);
    await Promise.all(texts.map((text) => leader.propose(text)));
    await leader.propose('in the other group', { group: 2 });
    for (const node of cluster.nodes) await node.crash('power');
    await Promise.all(cluster.nodes.map((node) => node.start()));
    expect(await cluster.agreedTexts(1)).toEqual(texts);
    expect(await cluster.agreedTexts(2)).toEqual(['in the other group']);
  }));

test("a follower that was down is fed from the leader's disk when its memory does not reach back that far", () =>
  withCluster(
    { size: 3, limits: { cacheBytesMax: 2048, batchBytesMax: 1024, appendBytesMax: 4096 } },
    async (cluster) => {
      const follower = await cluster.follower();
      await follower.crash('process');
      const leader = await cluster.leader();
      const texts = Array.from({ length: 300 }, (_, i) => `${i}`.padStart(200));
      await Promise.all(texts.map((text) => leader.propose(text)));
      expect(leader.group().status().cachedBytes).toBeLessThanOrEqual(2048);
      await follower.start();
      expect(await cluster.agreedTexts()).toEqual(texts);
    },
  ));
