import { expect, test } from 'vitest';
import { withCluster } from './testing/test-cluster.ts';

const limits = { snapshotEntries: 20, logTailBytes: 0 };

test('the log is compacted while it grows, and a restart begins with the snapshot', async () => {
  await withCluster({ size: 3, limits }, async (cluster) => {
    const leader = await cluster.leader();
    for (let i = 0; i < 100; i++) await leader.propose(`text ${i}`);
    await cluster.time.until('all have compacted', () =>
      cluster.running().every((node) => node.group().status().baseIndex > 40),
    );
    const texts = await cluster.agreedTexts();
    expect(texts).toHaveLength(100);
    for (const node of cluster.nodes) {
      await node.stop();
      await node.start();
    }
    expect(await cluster.agreedTexts()).toEqual(texts);
    for (const node of cluster.nodes) expect(node.journal().restores).toBe(1);
  });
});

test('a member that was away for too long catches up by snapshot, while others write', async () => {
  await withCluster({ size: 3, limits }, async (cluster) => {
    const leader = await cluster.leader();
    const away = await cluster.follower();
    await leader.propose('first');
    await away.crash('power');
    for (let i = 0; i < 100; i++) await leader.propose(`text ${i}`);
    await cluster.time.until('the log is compacted', () => leader.group().status().baseIndex > 60);
    await away.start();
    for (let i = 100; i < 150; i++) await leader.propose(`text ${i}`);
    await cluster.time.until('it has all', () => away.journal().texts().length === 151);
    expect(away.journal().restores).toBeGreaterThan(0);
    const { snapshotsFetched } = away.host.statistics();
    expect(snapshotsFetched).toMatchObject({ begun: snapshotsFetched.finished, givenUp: 0 });
    expect(leader.host.statistics().snapshotsSent.bytesSent).toBeGreaterThanOrEqual(snapshotsFetched.bytesReceived);
    expect(await cluster.agreedTexts()).toHaveLength(151);
  });
});

test('a new member gets what no log holds any more, and so do its sessions', async () => {
  await withCluster({ size: 3, spares: 1, limits }, async (cluster) => {
    const leader = await cluster.leader();
    for (let i = 0; i < 60; i++) await leader.propose(`text ${i}`);
    await cluster.time.until('the log is compacted', () => leader.group().status().baseIndex > 20);
    await leader.group().changeMembers({ addVoters: [4] }, { timeoutMs: 5000 });
    expect(await cluster.agreedTexts()).toHaveLength(60);
    const status = cluster.node(4).group().status();
    expect(status.sessions).toBe(leader.group().status().sessions);
    expect(status.configuration.voters).toEqual([1, 2, 3, 4]);
  });
});

test('a snapshot that has rotted on the leader’s disk gives way to another, even if nothing is written any more', async () => {
  await withCluster({ size: 3, limits }, async (cluster) => {
    const leader = await cluster.leader();
    const away = await cluster.follower();
    await away.crash('power');
    for (let i = 0; i < 60; i++) await leader.propose(`text ${i}`);
    const { index } = (await leader.group().takeSnapshot())!;
    await cluster.time.until('the log is compacted', () => leader.group().status().baseIndex === index);
    for (const path of leader.disk.files().filter((file) => file.includes('snapshot'))) leader.disk.flipBit(path, 1111);
    await away.start();
    await cluster.time.until('it has all', () => away.journal().texts().length === 60);
    expect(leader.groupFailures[0]).toMatchObject({ group: 1, error: { code: 'SNAPSHOT_DAMAGED' } });
    expect(await cluster.agreedTexts()).toHaveLength(60);
  });
});

// Node seed 112: it tried, and reported that a configuration without voters cannot be written.
test('a new member that replays the log takes no snapshot before it knows who belongs to the group', async () => {
  const small = { appendBytesMax: 256, inflightBytesMax: 256, snapshotEntries: 1_000 };
  await withCluster({ size: 3, spares: 1, limits: small }, async (cluster) => {
    const leader = await cluster.leader();
    for (let i = 0; i < 100; i++) await leader.propose(`text ${i}`);
    const added = leader.group().changeMembers({ addVoters: [4] }, { timeoutMs: 5000 });
    const newcomer = cluster.node(4).group();
    await cluster.time.until('it has applied something', () => newcomer.status().appliedIndex > 0);
    expect(newcomer.status().configuration.voters).toEqual([]);
    expect(await newcomer.takeSnapshot()).toBeUndefined();
    await added;
    await cluster.time.until('it knows', () => newcomer.status().appliedIndex === leader.group().status().lastIndex);
    expect(await newcomer.takeSnapshot()).toMatchObject({ configuration: { voters: [1, 2, 3, 4] } });
  });
});
