import { describe, expect, test } from 'vitest';
import type { FileJournal } from './testing/file-journal.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import type { TestNode } from './testing/test-node.ts';

const limits = { snapshotEntries: 20, logTailBytes: 0 };

describe.each([{ keepsFiles: false }, { keepsFiles: true }])('of journals, $keepsFiles', ({ keepsFiles }) => {
  test('the log is compacted while it grows, and a restart begins with the snapshot', async () => {
    await withCluster({ size: 3, limits, keepsFiles }, async (cluster) => {
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
    await withCluster({ size: 3, limits, keepsFiles }, async (cluster) => {
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
    await withCluster({ size: 3, spares: 1, limits, keepsFiles }, async (cluster) => {
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
    await withCluster({ size: 3, limits, keepsFiles }, async (cluster) => {
      const leader = await cluster.leader();
      const away = await cluster.follower();
      await away.crash('power');
      for (let i = 0; i < 60; i++) await leader.propose(`text ${i}`);
      const { index } = (await leader.group().takeSnapshot())!;
      await cluster.time.until('the log is compacted', () => leader.group().status().baseIndex === index);
      for (const path of leader.disk.files().filter((file) => file.includes('snapshot')))
        leader.disk.flipBit(path, 1111);
      await away.start();
      await cluster.time.until('it has all', () => away.journal().texts().length === 60);
      expect(leader.groupFailures[0]).toMatchObject({ group: 1, error: { code: 'SNAPSHOT_DAMAGED' } });
      expect(await cluster.agreedTexts()).toHaveLength(60);
    });
  });
});

test('a member that was away for too long is sent the files that it lacks, and what is left over goes', async () => {
  await withCluster({ size: 3, limits, keepsFiles: true }, async (cluster) => {
    const leader = await cluster.leader();
    const away = await cluster.follower();
    for (let i = 0; i < 100; i++) await leader.propose(`text ${i}`);
    await cluster.quiet();
    await away.group().takeSnapshot();
    const before = away.folders.get(1)!.size;
    expect(before).toBe(7);
    await away.crash('power');
    for (let i = 100; i < 200; i++) await leader.propose(`text ${i}`);
    await leader.group().takeSnapshot();
    leader.group().compactFully();
    await away.start();
    await cluster.time.until('it has all', () => away.journal().texts().length === 200);
    const { bytesReceived } = away.journal() as FileJournal;
    const allBytes = [...leader.folders.get(1)!.values()].reduce((sum, { length }) => sum + length, 0);
    expect(bytesReceived).toBeGreaterThan(0);
    expect(bytesReceived).toBeLessThan(0.6 * allBytes);
    expect(away.host.statistics().snapshotsFetched.bytesReceived).toBeLessThan(allBytes);
    // Only the newest snapshot's.
    for (const node of cluster.running()) {
      await node.group().takeSnapshot();
      expect(node.folders.get(1)!.size).toBe(Math.ceil(200 / 16));
    }
    for (const node of cluster.nodes) {
      await node.stop();
      await node.start();
    }
    expect(await cluster.agreedTexts()).toHaveLength(200);
  });
});

test('a transfer that is cut off goes on with the files that are still missing', async () => {
  await withCluster(
    {
      size: 3,
      limits: { ...limits, snapshotSend: { bytesPerSecondMax: 20_000 }, snapshotFetch: { chunkBytes: 2000 } },
      keepsFiles: true,
    },
    async (cluster) => {
      const leader = await cluster.leader();
      const away = await cluster.follower();
      await away.crash('power');
      for (let i = 0; i < 400; i++) await leader.propose(`text ${i} ${'x'.repeat(100)}`);
      await leader.group().takeSnapshot();
      leader.group().compactFully();
      await away.start();
      const received = () => (away.journal() as FileJournal).bytesReceived;
      await cluster.time.until('some files are here', () => received() > 10_000);
      cluster.isolate(away.id);
      await cluster.time.pass(300);
      const before = received();
      cluster.heal();
      await cluster.time.until('it has all', () => away.journal().texts().length === 400, 60_000);
      const allBytes = [...leader.folders.get(1)!.values()].reduce((sum, { length }) => sum + length, 0);
      expect(before).toBeLessThan(allBytes);
      // Nothing that had come whole came twice.
      expect(received()).toBeLessThanOrEqual(allBytes);
      expect(await cluster.agreedTexts()).toHaveLength(400);
    },
  );
});

// Node seeds 610007298 and 610010205: whoever had stopped the group closed its files, and was told that a disk might be broken.
test('a group that is stopped while its files are sent has no reader left, and gets none', async () => {
  const paced = { ...limits, snapshotSend: { bytesPerSecondMax: 20_000 }, snapshotFetch: { chunkBytes: 2000 } };
  for (let turns = 0; turns < 6; turns++) {
    await withCluster({ size: 3, limits: paced, keepsFiles: true }, async (cluster) => {
      const leader = await cluster.leader();
      const away = await cluster.follower();
      await away.crash('power');
      for (let i = 0; i < 200; i++) await leader.propose(`text ${i} ${'x'.repeat(100)}`);
      await leader.group().takeSnapshot();
      leader.group().compactFully();
      const journal = leader.journal() as FileJournal;
      await away.start();
      await cluster.time.until('some files are there', () => (away.journal() as FileJournal).bytesReceived > 5000);
      for (let i = 0; i < turns; i++) await new Promise(setImmediate);
      await leader.host.stopGroup(1, { handOverMs: 0 });
      journal.isClosed = true;
      const { snapshotsSent } = leader.host.statistics();
      // Nobody else is there to ask.
      const other = cluster.running().find((node) => node !== leader && node !== away)!;
      cluster.isolate(other.id);
      await cluster.time.pass(3000);
      expect(leader.host.statistics().snapshotsSent).toEqual(snapshotsSent);
      cluster.heal();
      await cluster.time.until('it has all', () => away.journal().texts().length === 200, 60_000);
      expect(leader.groupFailures).toEqual([]);
    });
  }
});

test('a member whose files are gone is given them by the others, if its log does not hold what was in them', async () => {
  await withCluster({ size: 3, limits, keepsFiles: true }, async (cluster) => {
    const leader = await cluster.leader();
    const member = await cluster.follower();
    // More than the first files of the log hold: what it released is gone from the disk, too.
    for (let i = 0; i < 250; i++) await leader.propose(`text ${i} ${'x'.repeat(3000)}`);
    await cluster.time.until('the log is compacted', () => member.group().status().baseIndex > 200);
    await member.stop();
    member.folders.get(1)!.clear();
    member.restoresFiles = false;
    await expect(member.start()).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
    member.restoresFiles = true;
    await member.start();
    expect(member.filesLost).toMatchObject([{ code: 'SNAPSHOT_DAMAGED' }]);
    expect(await cluster.agreedTexts()).toHaveLength(250);
  });
});

test('a member whose log holds everything loses nothing with its files', async () => {
  await withCluster({ size: 3, keepsFiles: true }, async (cluster) => {
    const leader = await cluster.leader();
    const member = await cluster.follower();
    for (let i = 0; i < 20; i++) await leader.propose(`text ${i}`);
    await cluster.quiet();
    await member.group().takeSnapshot();
    await member.stop();
    member.folders.get(1)!.clear();
    member.restoresFiles = false;
    await member.start();
    expect(member.filesLost).toHaveLength(1);
    expect(await cluster.agreedTexts()).toHaveLength(20);
    expect(member.journal().restores).toBe(0);
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

const slow = { ...limits, snapshotRestore: { bytesPerSecondMax: 100_000 } };
/** Several chunks of a snapshot's file. */
const texts = Array.from({ length: 40 }, (_, i) => `${i} `.repeat(10_000));

/** A follower that has fetched all `texts` in a snapshot and has begun to restore it; and one that needed no snapshot. */
async function withRestoring(
  test: (cluster: TestCluster, restoring: TestNode, leader: TestNode) => Promise<void>,
): Promise<void> {
  await withCluster({ size: 3, limits: slow }, async (cluster) => {
    const leader = await cluster.leader();
    const away = await cluster.follower();
    await away.crash('power');
    for (const text of texts) await leader.propose(text);
    await leader.group().takeSnapshot();
    leader.group().compactFully();
    await away.start();
    await cluster.time.until('it restores', () => away.group().isRestoring);
    await test(cluster, away, leader);
  });
}

test('a snapshot that was fetched is restored no faster than it may be, while others write', () =>
  withRestoring(async (cluster, restoring, leader) => {
    const { bytes } = (await leader.group().takeSnapshot())!;
    const beganMs = cluster.time.nowMs;
    for (let i = 0; i < 20; i++) await leader.propose(`meanwhile ${i}`);
    expect(restoring.group().isRestoring).toBe(true);
    await cluster.time.until('it is restored', () => !restoring.group().isRestoring, 60_000);
    // A tenth of a second's bytes pass at once; and it had begun a little before.
    const dueMs = (1000 * bytes) / slow.snapshotRestore.bytesPerSecondMax;
    expect(cluster.time.nowMs - beganMs).toBeGreaterThan(dueMs - 200);
    expect(await cluster.agreedTexts()).toHaveLength(texts.length + 20);
  }));

test('a restore that is held back ends when its node stops, and the next start restores the same as fast as it goes', () =>
  withRestoring(async (cluster, restoring) => {
    await cluster.time.pass(500);
    expect(restoring.group().isRestoring).toBe(true);
    expect(await restoring.stop()).toEqual({ timers: 0, files: 0 });
    expect(restoring.groupFailures).toEqual([]);
    await restoring.start();
    await cluster.time.until('it has all', () => restoring.journal().texts().length === texts.length, 500);
    expect(await cluster.agreedTexts()).toEqual(texts);
  }));

test('a group that is stopped while its restore is held back does not go on with it', () =>
  withRestoring(async (cluster, restoring) => {
    await cluster.time.pass(500);
    const { timers } = restoring.clock;
    const journal = restoring.journal();
    await restoring.host.stopGroup(1);
    expect(restoring.clock.timers).toBe(timers - 1);
    await cluster.time.pass(20_000 - 1);
    expect(journal.restores).toBe(0);
    expect(restoring.groupFailures).toEqual([]);
  }));

test('a leader that lacks its state gets it as fast as it goes', () =>
  withRestoring(async (cluster, restoring, leader) => {
    await cluster.time.pass(200);
    await leader.group().transferLeadership(restoring.id, { timeoutMs: 5000 });
    expect(restoring.group().isRestoring).toBe(true);
    await cluster.time.until('it is restored', () => !restoring.group().isRestoring, 500);
    await restoring.propose('it leads');
    expect(await cluster.agreedTexts()).toEqual([...texts, 'it leads']);
  }));
