import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Configuration, configurationOf, lineageOf } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { describe, expect, test } from 'vitest';
import { NodeDisk } from '../disk/node-disk.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { createBatch, createConfigurationBatch, ManualClock, RecordedEvents } from '../log/log-testing.ts';
import { type NodeStorage, openNodeStorage } from '../log/node-storage.ts';
import { makeSnapshot, pattern } from '../snapshot/snapshot-testing.ts';
import { encodeRecoveryRecord } from './recovery-record.ts';
import { StoppedNode } from './stopped-node.ts';
import type { StoredGroup } from './stored-group.ts';
import { dataFolder, openStopped } from './testing/stopped-folder.ts';

const five: Configuration = {
  ...configurationOf([1, 2, 3, 4]),
  learners: [5],
  preferredLeader: 3,
  leases: true,
};
const before = { term: 7, lastIndex: 4, lastTerm: 6 };

/** Completes operations for as long as it is let. */
class Gate {
  left = Number.POSITIVE_INFINITY;
  done = 0;
  readonly schedule = (complete: () => void): void => {
    if (this.left-- <= 0) return;
    this.done++;
    queueMicrotask(complete);
  };
}

/** As a node has it. */
function openStorage(disk: SimulatedDisk): Promise<NodeStorage> {
  return openNodeStorage({
    disk,
    path: dataFolder,
    cluster: 'test',
    nodeId: 1,
    freeBytesMin: 0,
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    clock: new ManualClock(),
    logSettings: { segmentBytes: 256 * 1024, firstSegmentBytes: 64 * 1024, blockBytesMax: 32 * 1024 },
  });
}

/** Node 1, which has met 2 and 3: group 1 with its configuration in the log, group 2 with that of its start. */
async function survivorDisk(gate = new Gate(), seed = 1): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk({ seed, schedule: gate.schedule });
  await disk.createFolder(dataFolder);
  const events = new RecordedEvents();
  const storage = await openStorage(disk);
  await storage.peers.remember(2, 1002);
  await storage.peers.remember(3, 1003);
  const log = await storage.openLog(events);
  await storage.hardStates.save(1, { term: 7, votedFor: 2, incident: 0 });
  await storage.hardStates.save(2, { term: 1, votedFor: undefined, incident: 0 });
  log.append(1, 1, createBatch({ firstIndex: 1, term: 5, prevTerm: 0 }));
  log.append(1, 2, createConfigurationBatch({ firstIndex: 2, term: 6, prevTerm: 5, configuration: five }));
  log.append(1, 3, createBatch({ firstIndex: 3, count: 2, term: 6, payloadBytes: 5000, fill: 7 }));
  log.append(2, 1, createBatch({ group: 2, firstIndex: 1, count: 3 }));
  await events.reached(1, 3);
  await events.reached(2, 1);
  await log.close();
  await storage.hardStates.close();
  await storage.release();
  return disk;
}

async function withStopped<T>(disk: SimulatedDisk, use: (node: StoppedNode) => T | Promise<T>): Promise<T> {
  const node = await openStopped(disk);
  try {
    return await use(node);
  } finally {
    await node.close();
    expect(disk.openFiles).toBe(0);
  }
}

const groupsOf = (disk: SimulatedDisk): Promise<StoredGroup[]> => withStopped(disk, (node) => node.groups());

describe('a stopped node', () => {
  test('tells whose it is, and what it holds of every group', async () => {
    await withStopped(await survivorDisk(), (node) => {
      expect([node.nodeId, node.cluster, node.record]).toEqual([1, 'test', { recoveries: [], damage: undefined }]);
      expect(node.groups()).toEqual([
        { group: 1, ...before, votedFor: 2, lostEntries: false, appliedIndexMin: 0, configuration: five },
        { group: 2, term: 1, votedFor: undefined, lostEntries: false, lastIndex: 3, lastTerm: 1, appliedIndexMin: 0, configuration: undefined }, // biome-ignore format: a table
      ]);
      expect([1, 2, 3, 4].map((peer) => node.hasMet(peer))).toEqual([false, true, true, false]);
    });
  });

  test('is refused while the node runs', async () => {
    const disk = await survivorDisk();
    const lock = (): Promise<{ processId: number }> => Promise.resolve({ processId: 42 });
    await expect(openStopped(disk, { lock })).rejects.toMatchObject({ code: 'DATA_FOLDER_LOCKED' });
  });

  test('locks a folder of this machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'balsa-stopped-'));
    try {
      const options = { path: folder, cluster: 'test', nodeId: 1, clock: new ManualClock(), freeBytesMin: 0 };
      const storage = await openNodeStorage({ ...options, disk: new NodeDisk() });
      const open = (): Promise<StoppedNode> => StoppedNode.open({ dataFolder: folder, freeBytesMin: 0 });
      await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_LOCKED' });
      await storage.hardStates.close();
      await storage.release();
      await (await open()).close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is none without a folder, and none is made', async () => {
    const disk = new SimulatedDisk();
    await expect(openStopped(disk)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    expect(disk.files()).toEqual([]);
  });

  test('with a damaged identity is refused', async () => {
    const disk = await survivorDisk();
    disk.flipBit(`${dataFolder}/identity.json`, 100);
    await expect(openStopped(disk)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
  });

  test('with a damaged log is refused, and nothing is changed', async () => {
    const disk = await survivorDisk();
    const path = `${dataFolder}/log/segment-000001.log`;
    disk.flipBit(path, disk.contentOf(path).indexOf(Buffer.alloc(100, 7)) * 8);
    const checksums = (): number[] => disk.files().map((file) => crc32c(disk.contentOf(file)));
    const found = checksums();
    await expect(openStopped(disk)).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
    expect(checksums()).toEqual(found);
    expect(disk.openFiles).toBe(0);
  });

  test('that is looked at only is as it was', async () => {
    const disk = await survivorDisk();
    const found = await groupsOf(disk);
    expect(await groupsOf(disk)).toEqual(found);
  });
});

describe('a recovery', () => {
  test('ends the log with who is left, in the first term of a lineage', async () => {
    const disk = await survivorDisk();
    const [recovery] = await withStopped(disk, (node) => node.recover({ members: [3, 1], groups: [1] }));
    expect(recovery).toMatchObject({ group: 1, index: 5, lastTerm: 6, members: [1, 3], membersBefore: [1, 2, 3, 4] });
    expect(lineageOf(recovery!.term)).toBe(1);
    await withStopped(disk, (node) => {
      const [recovered, other] = node.groups();
      expect(recovered).toEqual({
        group: 1,
        term: recovery!.term,
        votedFor: 1,
        lostEntries: false,
        lastIndex: 5,
        lastTerm: recovery!.term,
        appliedIndexMin: 0,
        configuration: { ...configurationOf([1, 3]), preferredLeader: 3, leases: true },
      });
      expect(other).toMatchObject({ term: 1, lastIndex: 3 });
      expect(node.record.recoveries).toEqual([recovery]);
    });
  });

  test('gives up a preferred leader that is not left', async () => {
    const disk = await survivorDisk();
    await withStopped(disk, (node) => node.recover({ members: [1] }));
    expect((await groupsOf(disk))[0]!.configuration).toEqual({ ...configurationOf([1]), leases: true });
  });

  test('is of every group that has lost its quorum, unless told otherwise, and of no other', async () => {
    const disk = await survivorDisk();
    const first = await withStopped(disk, (node) => node.recover({ members: [1], groups: [2] }));
    const second = await withStopped(disk, (node) => node.recover({ members: [1] }));
    expect([...first, ...second].map(({ group }) => group)).toEqual([2, 1]);
    await withStopped(disk, (node) => expect(node.record.recoveries).toEqual([...first, ...second]));
  });

  test('ends an incident', async () => {
    const disk = await survivorDisk();
    const { hardStates, release } = await openStorage(disk);
    await hardStates.save(1, { term: 7, votedFor: 2, incident: 9 });
    await hardStates.close();
    await release();
    expect((await groupsOf(disk)).map(({ lostEntries }) => lostEntries)).toEqual([true, false]);
    await withStopped(disk, (node) => node.recover({ members: [1] }));
    expect((await groupsOf(disk)).map(({ lostEntries }) => lostEntries)).toEqual([false, false]);
  });

  test('follows on a snapshot that the log does not hold', async () => {
    const disk = await survivorDisk();
    const storage = await openStorage(disk);
    await makeSnapshot(storage.snapshots, 1, 90, pattern(1000));
    await storage.hardStates.close();
    await storage.release();
    const [recovery] = await withStopped(disk, (node) => node.recover({ members: [1], groups: [1] }));
    expect(recovery).toMatchObject({ index: 91, lastTerm: 91, membersBefore: [1, 2, 3] });
    expect((await groupsOf(disk))[0]).toMatchObject({ lastIndex: 91, appliedIndexMin: 90, term: recovery!.term });
  });

  test('of the same group again is of another lineage', async () => {
    const disk = await survivorDisk();
    await withStopped(disk, (node) => node.recover({ members: [1, 2], groups: [1] }));
    const [again] = await withStopped(disk, (node) => node.recover({ members: [1], groups: [1] }));
    expect([again!.index, lineageOf(again!.term)]).toEqual([6, 2]);
  });

  test('of two survivors, each for itself, never gives one term', async () => {
    const drawn = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const disk = await survivorDisk();
        return withStopped(disk, async (node) => (await node.recover({ members: [1], groups: [1] }))[0]!.term);
      }),
    );
    expect(new Set(drawn).size).toBe(20);
  });

  test.each([
    [{ members: [] }, 'MEMBERS_INVALID', 'node 1, whose folder this is, is not among the members'],
    [{ members: [2, 3] }, 'MEMBERS_INVALID', 'node 1, whose folder this is, is not among the members'],
    [{ members: [1, 1] }, 'MEMBERS_INVALID', '1 is no node id, or stands twice'],
    [{ members: [1, 0] }, 'MEMBERS_INVALID', '0 is no node id, or stands twice'],
    [
      { members: [1, 6], groups: [1] },
      'MEMBERS_INVALID',
      'node 6 was no member of group 1: its members are 1, 2, 3, 4, 5',
    ],
    [
      { members: [1, 4], groups: [2] },
      'MEMBERS_INVALID',
      'node 4 was no member of group 2: this node has never met it',
    ],
    [{ members: [1, 4] }, 'MEMBERS_INVALID', 'node 4 was no member of group 2'],
    [{ members: [1], groups: [3] }, 'GROUP_UNKNOWN', 'nothing of group 3'],
    [{ members: [1, 2, 3], groups: [1] }, 'QUORUM_NOT_LOST', 'a majority is left'],
  ] as const)('with %j is refused: %s', async (options, code, message) => {
    const disk = await survivorDisk();
    const found = await groupsOf(disk);
    await withStopped(disk, async (node) => {
      await expect(node.recover(options)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    });
    expect(await groupsOf(disk)).toEqual(found);
    await withStopped(disk, (node) => expect(node.record.recoveries).toEqual([]));
  });

  test('may take in a learner that is left', async () => {
    const disk = await survivorDisk();
    const [recovery] = await withStopped(disk, (node) => node.recover({ members: [1, 5], groups: [1] }));
    expect(recovery!.members).toEqual([1, 5]);
  });

  test('of a folder without groups is refused', async () => {
    const disk = new SimulatedDisk();
    const { hardStates, release } = await openStorage(disk);
    await hardStates.close();
    await release();
    await withStopped(disk, async (node) => {
      await expect(node.recover({ members: [1] })).rejects.toMatchObject({ code: 'GROUP_UNKNOWN' });
    });
  });

  test('that the disk refuses says so', async () => {
    const disk = await survivorDisk();
    const node = await openStopped(disk);
    disk.failNext({ operation: 'write', code: 'EIO', path: 'segment' });
    await expect(node.recover({ members: [1] })).rejects.toMatchObject({ code: 'LOG_FAILED' });
    await node.close().catch(() => {});
    const again = await openStopped(disk.crash('process'));
    // What a failed write has left behind is not known, but it is the same for all that it was to write.
    expect([[4, 3].join(), [5, 4].join()]).toContain(
      again
        .groups()
        .map(({ lastIndex }) => lastIndex)
        .join(),
    );
    await again.close();
  });
});

describe('a recovery that is cut off anywhere', () => {
  async function operationsOf(seed: number): Promise<number> {
    const gate = new Gate();
    const node = await openStopped(await survivorDisk(gate, seed));
    const doneBefore = gate.done;
    await node.recover({ members: [1, 3] });
    return gate.done - doneBefore;
  }

  test.each(['power', 'process'] as const)('leaves every group as it was, or recovered (%s)', async (kind) => {
    const operations = await operationsOf(1);
    expect(operations).toBeGreaterThan(10);
    const seen = new Set<string>();
    for (let seed = 1; seed <= 3; seed++) {
      for (let cut = 0; cut <= operations; cut++) {
        const gate = new Gate();
        const disk = await survivorDisk(gate, seed);
        const node = await openStopped(disk);
        const groups = node.groups();
        gate.left = cut;
        let isDone = false;
        node.recover({ members: [1, 3] }).then(
          () => {
            isDone = true;
          },
          () => {},
        );
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        const after = disk.crash(kind);
        gate.left = Number.POSITIVE_INFINITY;
        const message = `seed ${seed}, cut after ${cut} of ${operations}`;
        const found = await openStopped(after);
        const states = found.groups().map((group, i) => {
          const old = groups[i]!;
          if (group.lastIndex === old.lastIndex) {
            expect(group, message).toEqual(old);
            return 'old';
          }
          expect(lineageOf(group.term), message).toBe(1);
          expect(group, message).toMatchObject({ lastIndex: old.lastIndex + 1, lastTerm: group.term });
          expect(group.configuration?.voters, message).toEqual([1, 3]);
          expect(
            found.record.recoveries.some(({ group: of, term }) => of === group.group && term === group.term),
            message,
          ).toBe(true);
          return 'recovered';
        });
        if (isDone) expect(states, message).toEqual(['recovered', 'recovered']);
        seen.add(states.join());
        // What is left to do can be done, and then all is as it should be.
        await found.recover({ members: [1] });
        expect(found.record.damage, message).toBeUndefined();
        await found.close();
        const last = await openStopped(after);
        expect(
          last.groups().map(({ configuration }) => configuration?.voters),
          message,
        ).toEqual([[1], [1]]);
        await last.close();
      }
    }
    expect(seen).toContain('old,old');
    expect(seen).toContain('recovered,recovered');
  });
});

describe('the record of recoveries', () => {
  const path = `${dataFolder}/recoveries.json`;

  test('that is damaged does not keep anybody from anything, but is reported', async () => {
    const disk = await survivorDisk();
    await withStopped(disk, (node) => node.recover({ members: [1, 2], groups: [1] }));
    const length = disk.contentOf(path).length;
    for (let bit = 0; bit < 8 * length; bit += 37) {
      disk.flipBit(path, bit);
      await withStopped(disk, ({ record }) => {
        expect(record, `bit ${bit}`).toMatchObject({ recoveries: [], damage: { code: 'RECOVERY_RECORD_DAMAGED' } });
      });
      disk.flipBit(path, bit);
    }
    disk.flipBit(path, 200);
    const done = await withStopped(disk, (node) => node.recover({ members: [1], groups: [1] }));
    await withStopped(disk, ({ record }) => expect(record).toEqual({ recoveries: done, damage: undefined }));
  });

  test('forgets what was written down and never done', async () => {
    const disk = await survivorDisk();
    const never = { group: 1, term: 2 ** 32 + 7, index: 5, lastTerm: 6, members: [1], membersBefore: [], at: 'once' };
    const bytes = encodeRecoveryRecord([never]);
    const file = await disk.open(path, { create: true });
    await new Promise<void>((resolve) => file.write(bytes, 0, () => file.flush(() => resolve())));
    await file.close();
    await disk.syncFolder(dataFolder);
    const done = await withStopped(disk, (node) => node.recover({ members: [1], groups: [1] }));
    await withStopped(disk, ({ record }) => expect(record.recoveries).toEqual(done));
  });
});
