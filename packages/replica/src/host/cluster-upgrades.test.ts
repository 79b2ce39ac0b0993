// A cluster is upgraded and downgraded node by node while it serves: what was acknowledged is there, once, and what only
// the newer version tells is known exactly between nodes that both speak it.

import { expect, test } from 'vitest';
import { SeededRandom } from '../disk/seeded-random.ts';
import { agreedVersion, type PeerVersions, peerVersionsKnown, since } from '../transport/peer-versions.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import { type TestNode, testTiming } from './testing/test-node.ts';
import { Writers } from './testing/writers.ts';

const after = peerVersionsKnown;

type Ending = 'stopped' | 'killed';

/** Restarts the node in another release, and waits until it has applied what the others had. */
async function install(cluster: TestCluster, node: TestNode, versions: PeerVersions, ending: Ending): Promise<void> {
  if (ending === 'stopped') await node.stop();
  else await node.crash('power');
  node.versions = versions;
  await cluster.time.pass(testTiming.electionTimeoutMs / 2);
  const lastIndex = Math.max(...cluster.running().map((other) => other.group().status().lastIndex));
  await node.start();
  await cluster.time.until(`node ${node.id} is back`, () => node.group().status().appliedIndex >= lastIndex);
}

/** When nothing moves any more, the leader knows how far each follower has applied, or nothing at all. */
async function expectAppliedKnown(cluster: TestCluster): Promise<void> {
  await cluster.quiet();
  await cluster.time.pass(3 * testTiming.heartbeatIntervalMs);
  const leader = await cluster.leader();
  const { followers, lastIndex } = leader.group().status();
  const known = followers.map(({ id, appliedIndex }) => ({ id, appliedIndex }));
  const expected = followers.map(({ id }) => {
    const version = agreedVersion(leader.versions, cluster.node(id).versions) ?? 0;
    return { id, appliedIndex: version >= since.heartbeatAckAppliedIndex ? lastIndex : undefined };
  });
  expect(known).toEqual(expected);
}

for (const [seed, ending, newest] of [
  [1, 'stopped', 1],
  [2, 'stopped', 2],
  [3, 'killed', 1],
  [4, 'killed', 2],
] as const) {
  const before: PeerVersions = { oldest: 1, newest };
  test(`three nodes are upgraded from version ${newest} one by one and one goes back, each ${ending}, while all write (seed ${seed})`, () =>
    withCluster({ size: 3, seed, versions: before }, async (cluster) => {
      const random = new SeededRandom(seed);
      await cluster.leader();
      await expectAppliedKnown(cluster);
      const acknowledged: string[] = [];
      const steps = [
        ...cluster.nodes.map((node) => [node, after] as const),
        [cluster.node((seed % 3) + 1), before] as const,
      ];
      for (const [step, [node, versions]] of steps.entries()) {
        const writers = new Writers(cluster, random, `step ${step}`);
        await cluster.time.pass(50);
        await install(cluster, node, versions, ending);
        await cluster.time.pass(50);
        await writers.stop();
        expect(writers.acknowledged.length).toBeGreaterThan(10);
        await expectAppliedKnown(cluster);
        acknowledged.push(...writers.acknowledged);
      }
      const texts = await cluster.agreedTexts();
      expect(new Set(texts).size).toBe(texts.length);
      expect(acknowledged.filter((text) => !texts.includes(text))).toEqual([]);
      for (const node of cluster.nodes) expect([...node.fatalErrors, ...node.groupFailures]).toEqual([]);
    }));
}
