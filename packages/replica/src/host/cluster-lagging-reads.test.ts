// Reads that may lag, on followers: served from there for as long as what the follower knows is proven to be new enough, and no longer.

import { expect, test } from 'vitest';
import { since } from '../transport/peer-versions.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import { type TestNode, testTiming } from './testing/test-node.ts';

const { heartbeatIntervalMs, electionTimeoutMs } = testTiming;
/** Three heartbeats, and what travels between. */
const provenWithinMs = 4 * heartbeatIntervalMs;

/** Does the node serve it from what it has? One that is cut off can serve it in no other way. */
async function servesAlone(cluster: TestCluster, node: TestNode, ms: number): Promise<boolean> {
  cluster.isolate(node.id);
  const served = node.group().readBarrier({ timeoutMs: 1, maxLag: { ms, entries: 0 } });
  return served.then(
    () => true,
    () => false,
  );
}

test('a follower that is cut off serves them until they would be older than they may be', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const follower = await cluster.follower();
    await follower.propose('before');
    await cluster.time.pass(2 * provenWithinMs);
    expect(await servesAlone(cluster, follower, provenWithinMs)).toBe(true);
    expect(await servesAlone(cluster, follower, heartbeatIntervalMs)).toBe(false);
    await cluster.time.pass(provenWithinMs);
    expect(await servesAlone(cluster, follower, provenWithinMs)).toBe(false);
    expect(await servesAlone(cluster, follower, 3 * provenWithinMs)).toBe(true);
  }));

test('a follower that was restarted serves them again, in the same term', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const follower = await cluster.follower();
    await follower.propose('before');
    const { term } = follower.group().status();
    await follower.crash('process');
    await cluster.time.pass(electionTimeoutMs / 4);
    await follower.start();
    await cluster.quiet();
    await cluster.time.pass(2 * provenWithinMs);
    expect(follower.group().status().term).toBe(term);
    expect(await servesAlone(cluster, follower, provenWithinMs)).toBe(true);
  }));

test('a follower whose leader does not tell what is proven serves none of them itself', () =>
  withCluster({ size: 3, versions: { oldest: 1, newest: since.stamps - 1 } }, async (cluster) => {
    const follower = await cluster.follower();
    await follower.propose('before');
    await cluster.time.pass(2 * provenWithinMs);
    await follower.group().readBarrier({ timeoutMs: 1000, maxLag: { ms: 60_000, entries: 100 } });
    expect(await servesAlone(cluster, follower, 60_000)).toBe(false);
  }));
