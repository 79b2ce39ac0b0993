// Statistics of whole hosts, in virtual time: a disk or a network that is slow shows where it is slow, and collecting changes nothing.

import { expect, test } from 'vitest';
import type { TestCluster } from '../host/testing/test-cluster.ts';
import { withCluster } from '../host/testing/test-cluster.ts';
import { type TestNode, testTiming } from '../host/testing/test-node.ts';
import { peerVersionsKnown } from '../transport/peer-versions.ts';
import type { SlowBatch } from './report.ts';

const always = { collect: 'always' } as const;
const read = { timeoutMs: 1000 };

/** The leader's slowest batch of those that were proposed from now on. */
async function slowestOf(cluster: TestCluster, leader: TestNode, texts: readonly string[]): Promise<SlowBatch> {
  leader.group().statistics();
  leader.group().resetStatistics();
  for (const text of texts) await leader.propose(text);
  await cluster.quiet();
  return leader.group().statistics().slowBatches[0]!;
}

test('a slow disk of the leader shows in the stages of a batch, and in the figures of the log', async () => {
  await withCluster({ size: 2 }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('opens the session');
    leader.diskDelayMs = 40;
    const slowest = await slowestOf(cluster, leader, ['a', 'b', 'c']);
    const { stagesMs, peers, longestStage, committedBy } = slowest;
    expect({ longestStage, committedBy }).toEqual({ longestStage: 'ownDisk', committedBy: leader.id });
    expect(stagesMs.durable! - stagesMs.writing!).toBeGreaterThanOrEqual(40);
    expect(stagesMs.durable! - stagesMs.writing!).toBeLessThan(45);
    expect(peers).toHaveLength(1);
    expect(peers[0]!.acknowledged! - peers[0]!.sent).toBeLessThan(10);
    expect(stagesMs.committed).toBe(stagesMs.durable);
    const { storage, proposals, peers: all } = leader.group().statistics();
    expect(storage.durableMs.recent.p50).toBeGreaterThanOrEqual(40);
    expect(proposals.commitMs.mean).toBeGreaterThanOrEqual(40);
    expect(all[0]!.appendRoundTripMs.max).toBeLessThan(10);
    expect(leader.host.statistics().log.writeMs.recent.p50).toBeGreaterThanOrEqual(40);
  });
});

test('a slow network shows in the stages of a batch, and in the round trips', async () => {
  // A round trip takes less than a heartbeat interval: else heartbeats that overtake it make the leader send again.
  const timing = { heartbeatIntervalMs: 100, electionTimeoutMs: 1000 };
  await withCluster({ size: 3, timing }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('opens the session');
    cluster.networkDelayMs = 30;
    const slowest = await slowestOf(cluster, leader, ['a', 'b', 'c']);
    const { stagesMs, peers, longestStage, committedBy } = slowest;
    expect(longestStage).toBe('followers');
    expect(stagesMs.durable!).toBeLessThan(10);
    const decisive = peers.find(({ peer }) => peer === committedBy)!;
    expect(decisive.acknowledged! - decisive.sent).toBeGreaterThanOrEqual(60);
    expect(decisive.acknowledged! - decisive.sent).toBeLessThan(70);
    expect(stagesMs.committed).toBe(decisive.acknowledged);
    for (const peer of leader.group().statistics().peers) {
      expect(peer.appendRoundTripMs.recent.p50).toBeGreaterThanOrEqual(60);
      expect(peer.heartbeatRoundTripMs.recent.p50).toBeGreaterThanOrEqual(60);
    }
  });
});

test('a slow disk of the followers shows in appends, not in heartbeats, and on the followers themselves', async () => {
  await withCluster({ size: 3, statistics: always }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('opens the session');
    const followers = cluster.running().filter((node) => node !== leader);
    for (const follower of followers) follower.diskDelayMs = 40;
    const slowest = await slowestOf(cluster, leader, ['a', 'b', 'c']);
    expect(slowest.longestStage).toBe('followers');
    for (const peer of leader.group().statistics().peers) {
      expect(peer.appendRoundTripMs.recent.p50).toBeGreaterThanOrEqual(40);
      expect(peer.heartbeatRoundTripMs.recent.p50).toBeLessThan(10);
    }
    for (const follower of followers) {
      const { follower: figures, storage } = follower.group().statistics();
      expect(figures.ackMs.max).toBeGreaterThanOrEqual(40);
      expect(storage.durableMs.max).toBeGreaterThanOrEqual(40);
      expect(figures.acksSent).toBeGreaterThanOrEqual(3);
    }
  });
});

test('nothing is collected before somebody looks; what he finds begins with him', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('before');
    const first = leader.group().statistics();
    expect(first).toMatchObject({ sinceMs: cluster.time.nowMs, proposals: { totalMs: { count: 0 } }, slowBatches: [] });
    await leader.propose('after');
    await cluster.quiet();
    const second = leader.group().statistics();
    expect(second.proposals.totalMs.count).toBe(1);
    // The batch was closed at the end of the turn, a millisecond of virtual time.
    expect(second.proposals.queueMs.max).toBe(1);
    expect(second.proposals.batchEntries.max).toBe(1);
    expect(second.peers.map(({ appendRoundTripMs }) => appendRoundTripMs.count)).toEqual([1, 1]);
    expect(second.apply.batchMs.count).toBe(1);
    expect(leader.host.statistics().log.blockRecords.count).toBeGreaterThanOrEqual(1);
    expect(leader.host.statistics().collectingGroups).toBe(1);
    leader.host.resetStatistics();
    expect(leader.group().statistics().proposals.totalMs.count).toBe(0);
    expect(leader.host.statistics().log.blockRecords.count).toBe(0);
  });
});

test('who is not asked for is forgotten, and begins anew when he is', async () => {
  await withCluster({ size: 3, statistics: { forgetAfterMs: 2000 } }, async (cluster) => {
    const leader = await cluster.leader();
    leader.group().statistics();
    await leader.propose('one');
    await cluster.time.pass(1500);
    expect(leader.group().statistics().proposals.totalMs.count).toBe(2);
    await cluster.time.pass(3500);
    expect(leader.host.statistics().collectingGroups).toBe(0);
    expect(leader.group().statistics().proposals.totalMs.count).toBe(0);
  });
});

test('of a group that stops nothing is kept', async () => {
  await withCluster({ size: 3, groups: [1, 2], statistics: always }, async (cluster) => {
    const { host } = await cluster.leader(1);
    await cluster.leader(2);
    const stopped = host.group(2)!;
    expect(host.statistics().collectingGroups).toBe(2);
    await host.stopGroup(2);
    expect(host.statistics().collectingGroups).toBe(1);
    expect(stopped.statistics()).toMatchObject({ elections: { leadersSeen: 0 }, storage: { durableMs: { count: 0 } } });
    expect(host.statistics().collectingGroups).toBe(1);
  });
});

test('an election, as its winner saw it', async () => {
  await withCluster({ size: 3, statistics: always }, async (cluster) => {
    const first = await cluster.leader();
    for (const node of cluster.running()) node.group().resetStatistics();
    await first.crash('process');
    const next = await cluster.leader();
    const { elections, storage } = next.group().statistics();
    expect(elections).toMatchObject({ campaigns: 1, won: 1, leadersSeen: 1, leaderlessMs: { count: 1 } });
    expect(elections.leaderlessMs.max).toBeGreaterThan(0);
    expect(storage.hardStateMs.count).toBeGreaterThanOrEqual(1);
    await first.start();
    await cluster.quiet();
  });
});

test('reads, and proposals that others forward', async () => {
  await withCluster({ size: 3, statistics: always }, async (cluster) => {
    const follower = await cluster.follower();
    await follower.propose('forwarded');
    await follower.group().readBarrier(read);
    // Until it is proven how fresh the follower is.
    await cluster.time.pass(4 * testTiming.heartbeatIntervalMs);
    await follower.group().readBarrier({ ...read, maxLag: { ms: 10_000, entries: 100 } });
    await cluster.quiet();
    const { proposals, reads } = follower.group().statistics();
    expect(proposals.forwardMs.count).toBe(2);
    expect(proposals.forwardMs.max).toBeGreaterThan(1);
    expect(reads).toMatchObject({ barrierMs: { count: 1 }, failedBarriers: 0, withinLag: 1 });
    cluster.isolate(follower.id);
    await expect(follower.group().readBarrier({ timeoutMs: 50 })).rejects.toThrow();
    expect(follower.group().statistics().reads).toMatchObject({ barrierMs: { count: 1 }, failedBarriers: 1 });
    cluster.heal();
    await cluster.quiet();
  });
});

test('who is connected, and since when', async () => {
  await withCluster({ size: 3, statistics: always }, async (cluster) => {
    const { host, id } = await cluster.leader();
    await cluster.time.pass(20);
    const [one, other] = cluster.running().filter((node) => node.id !== id);
    cluster.network.cut(id, one!.id);
    const cutMs = cluster.time.nowMs;
    const of = (peer: number): unknown => host.statistics().peers.find((each) => each.peer === peer);
    await cluster.time.until('it is noticed', () => !host.connectedPeers.includes(one!.id));
    expect(of(one!.id)).toMatchObject({ connected: false, protocolVersion: undefined, queuedBytes: 0 });
    const { sinceMs } = of(one!.id) as { sinceMs: number };
    expect(sinceMs).toBeGreaterThanOrEqual(cutMs);
    expect(of(other!.id)).toMatchObject({ connected: true, protocolVersion: peerVersionsKnown.newest });
    expect((of(other!.id) as { sentMessages: number }).sentMessages).toBeGreaterThan(0);
    expect(host.statistics().outgoingBytesPerSecond).toBeGreaterThan(0);
    expect((of(other!.id) as { sinceMs: number }).sinceMs).toBeLessThan(cutMs);
    cluster.heal();
    await cluster.quiet();
  });
});

test('a proposal that has to wait for a leader', async () => {
  await withCluster({ size: 3, statistics: always }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('opens the session');
    const follower = await cluster.follower();
    await follower.propose('opens his session');
    await leader.crash('process');
    await cluster.time.until('nobody leads', () => follower.group().leader === undefined);
    await follower.propose('waits');
    const { leaderWaitMs } = follower.group().statistics().proposals;
    expect(leaderWaitMs.count).toBeGreaterThanOrEqual(1);
    await leader.start();
    await cluster.quiet();
  });
});

test('snapshots that are taken, and one that is fetched and restored', async () => {
  await withCluster(
    { size: 3, statistics: always, limits: { snapshotLogBytes: 200, logTailBytes: 0 } },
    async (cluster) => {
      const leader = await cluster.leader();
      const away = await cluster.follower();
      await away.stop();
      for (let i = 0; i < 20; i++) await leader.propose(`entry ${i}`);
      await cluster.time.until('the log is compacted', () => leader.group().status().baseIndex > 10);
      const { snapshots } = leader.group().statistics();
      expect(snapshots.takenMs.count).toBeGreaterThanOrEqual(1);
      expect(snapshots.takenBytes.max).toBeGreaterThan(0);
      await away.start();
      await cluster.quiet();
      expect(away.group().statistics().snapshots).toMatchObject({ fetchedMs: { count: 1 }, restoredMs: { count: 1 } });
      expect(leader.group().statistics().snapshots.offered).toBeGreaterThanOrEqual(1);
      expect(leader.host.statistics().snapshotsSent.bytesSent).toBeGreaterThan(0);
    },
  );
});

test('collecting changes nothing, and the same run measures the same', async () => {
  const run = async (statistics: object): Promise<{ readonly frames: number; readonly report: unknown }> => {
    let found: { readonly frames: number; readonly report: unknown } | undefined;
    await withCluster({ size: 3, seed: 3, statistics }, async (cluster) => {
      const leader = await cluster.leader();
      for (let i = 0; i < 10; i++) await leader.propose(`entry ${i}`);
      await leader.crash('process');
      const next = await cluster.leader();
      await next.propose('on');
      await leader.start();
      await cluster.quiet();
      await cluster.time.pass(100);
      const report = 'collect' in statistics ? next.group().statistics() : undefined;
      found = { frames: cluster.network.framesSent, report };
    });
    return found!;
  };
  const [off, on, again] = [await run({}), await run(always), await run(always)];
  expect(on.frames).toBe(off.frames);
  expect(again.report).toEqual(on.report);
});
