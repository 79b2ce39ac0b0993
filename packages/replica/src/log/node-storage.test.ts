import { crc32c } from '@balsa/wire';
import { describe, expect, test } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { ReplicaError } from '../errors.ts';
import { makeSnapshot, pattern } from '../snapshot/snapshot-testing.ts';
import { createBatch, ManualClock, RecordedEvents } from './log-testing.ts';
import { type NodeStorage, type NodeStorageOptions, openNodeStorage } from './node-storage.ts';

const groups = [0, 1];

function defaults(disk: SimulatedDisk): NodeStorageOptions {
  return {
    disk,
    path: '/node',
    cluster: 'farm',
    nodeId: 1,
    freeBytesMin: 0,
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    clock: new ManualClock(),
    logSettings: { segmentBytes: 32 * 1024, firstSegmentBytes: 16 * 1024, blockBytesMax: 16 * 1024 },
    restoreFromPeers: true,
  };
}

function open(disk: SimulatedDisk, options: Partial<NodeStorageOptions> = {}): Promise<NodeStorage> {
  return openNodeStorage({ ...defaults(disk), ...options });
}

function incidentsOf({ hardStates }: NodeStorage): number[] {
  return groups.map((group) => hardStates.current(group).incident);
}

/** A node with a vote and three entries, the first of which is damaged. */
async function damagedDisk(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  const events = new RecordedEvents();
  const { hardStates, openLog } = await open(disk);
  await hardStates.save(0, { term: 7, votedFor: undefined, incident: 0 });
  await hardStates.save(1, { term: 4, votedFor: 2, incident: 0 });
  const log = await openLog(events);
  for (const index of [1, 2, 3]) {
    log.append(1, index, createBatch({ firstIndex: index, payloadBytes: 5000, fill: 7 }));
    await events.reached(1, index);
  }
  await log.close();
  await hardStates.close();
  const path = '/node/log/segment-000001.log';
  disk.flipBit(path, disk.contentOf(path).indexOf(Buffer.alloc(100, 7)) * 8);
  return disk;
}

describe('a damaged log', () => {
  test('that others can restore is cut, once an incident is noted for every group that is known', async () => {
    const disk = await damagedDisk();
    const damages: string[] = [];
    const storage = await open(disk, { onDamage: ({ code }) => damages.push(code) });
    expect(incidentsOf(storage)).toEqual([0, 0]);
    const log = await storage.openLog(new RecordedEvents());
    expect(log.recovered(1).lastIndex).toBe(0);
    expect(damages).toEqual(['LOG_DAMAGED']);
    const [incident] = incidentsOf(storage);
    expect(incident).toBeGreaterThan(0);
    expect(Number.isSafeInteger(incident)).toBe(true);
    expect(incidentsOf(storage)).toEqual([incident, incident]);
    expect(storage.hardStates.current(1)).toMatchObject({ term: 4, votedFor: 2 });
    // Nothing can have been lost of what this node never belonged to.
    expect(storage.hardStates.current(2).incident).toBe(0);
    await log.close();
    await storage.hardStates.close();
    expect(incidentsOf(await open(disk))).toEqual([incident, incident]);
  });

  test.each([{ restoreFromPeers: false }, {}])('is refused with %j, and nothing is changed', async (options) => {
    const disk = await damagedDisk();
    const checksums = (): number[] => disk.files().map((path) => crc32c(disk.contentOf(path)));
    const before = checksums();
    const { restoreFromPeers: _, ...others } = defaults(disk);
    const storage = await openNodeStorage({ ...others, ...options });
    await expect(storage.openLog(new RecordedEvents())).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
    expect(incidentsOf(storage)).toEqual([0, 0]);
    expect(checksums()).toEqual(before);
  });
});

describe('a node whose disk was lost', () => {
  test('begins with an incident in every group, from its very first moment on', async () => {
    for (const operations of [0, 5, 10, 15, 20]) {
      let disk = new SimulatedDisk({ seed: operations });
      disk.failNext({ operation: 'flush', code: 'EIO', path: '/node', skip: operations });
      await open(disk, { replacesLostDisk: true, drawFolderId: () => 77 }).catch(() => {});
      disk = disk.crash('power');
      // Whoever is there later need not say it again: either nothing was made yet, or the incident is.
      const later = await open(disk, { replacesLostDisk: true, drawFolderId: () => 77 });
      expect(incidentsOf(later)).toEqual([154, 154]);
    }
  });

  test('is done with it group by group', async () => {
    const disk = new SimulatedDisk();
    const first = await open(disk, { replacesLostDisk: true, drawFolderId: () => 77 });
    await first.hardStates.save(1, { term: 5, votedFor: undefined, incident: 0 });
    await first.hardStates.close();
    const later = await open(disk);
    expect(incidentsOf(later)).toEqual([154, 0]);
    await later.hardStates.close();
  });

  test('that says so although its folder is there changes nothing', async () => {
    const disk = new SimulatedDisk();
    const first = await open(disk);
    await first.hardStates.close();
    expect(incidentsOf(await open(disk, { replacesLostDisk: true }))).toEqual([0, 0]);
  });
});

describe('log and snapshot', () => {
  const base = { index: 20, term: 21 };

  async function close(storage: NodeStorage): Promise<void> {
    await storage.hardStates.close();
    await storage.release();
  }

  /** A node whose log of group 1 begins behind a snapshot of entry 20 and has one entry; group 0 has an entry and no snapshot. */
  async function joined(): Promise<SimulatedDisk> {
    const disk = new SimulatedDisk();
    const storage = await open(disk);
    await storage.hardStates.save(1, { term: 22, votedFor: 2, incident: 0 });
    await makeSnapshot(storage.snapshots, 1, 20, pattern(10));
    const log = await storage.openLog(new RecordedEvents());
    log.append(0, 1, createBatch({ group: 0, firstIndex: 1 }));
    log.reset(1, 1, base);
    log.append(1, 2, createBatch({ firstIndex: 21, term: 22, prevTerm: 21 }));
    await log.close();
    await close(storage);
    return disk;
  }

  function snapshotPath(disk: SimulatedDisk): string {
    return disk.files().find((path) => path.endsWith('.snapshot'))!;
  }

  const damages: readonly [string, string, (disk: SimulatedDisk) => unknown][] = [
    ['damaged', 'SNAPSHOT_DAMAGED', (disk) => disk.flipBit(snapshotPath(disk), 801)],
    ['lost', 'LOG_DAMAGED', (disk) => disk.remove(snapshotPath(disk))],
  ];

  test('that join are opened, and the number of a snapshot comes from whoever draws it', async () => {
    const disk = await joined();
    const told: string[] = [];
    const storage = await open(disk, { drawSnapshotId: () => 77, onDamage: ({ code }) => told.push(code) });
    const log = await storage.openLog(new RecordedEvents());
    expect(log.recovered(1)).toMatchObject({ base, lastIndex: 21 });
    expect(storage.snapshots.latest(1)).toMatchObject(base);
    expect((await makeSnapshot(storage.snapshots, 1, 21, pattern(10))).id).toBe(77);
    await log.close();
    await close(storage);
    expect(told).toEqual([]);
    expect(disk.openFiles).toBe(0);
  });

  test('of which the snapshot is ahead join as well: whoever starts the group resets its log', async () => {
    const disk = await joined();
    const storage = await open(disk, { restoreFromPeers: false });
    await makeSnapshot(storage.snapshots, 1, 500, pattern(10));
    const log = await storage.openLog(new RecordedEvents());
    expect(log.recovered(1).lastIndex).toBe(21);
    log.reset(1, 1, { index: 500, term: 501 });
    await log.close();
    await close(storage);
    const again = await open(disk, { restoreFromPeers: false });
    const reopened = await again.openLog(new RecordedEvents());
    expect(reopened.recovered(1).base).toEqual({ index: 500, term: 501 });
    await reopened.close();
    await close(again);
  });

  test.each(damages)(
    'of which the snapshot is %s, in a group of three: the others restore what is lost, in that group',
    async (_what, code, damage) => {
      const disk = await joined();
      await damage(disk);
      const told: string[] = [];
      const storage = await open(disk, { onDamage: (error) => told.push(error.code) });
      const log = await storage.openLog(new RecordedEvents());
      expect(told).toEqual([code]);
      const incidents = incidentsOf(storage);
      expect(incidents).toEqual([0, expect.any(Number)]);
      expect(incidents[1]).toBeGreaterThan(0);
      expect(storage.hardStates.current(1)).toMatchObject({ term: 22, votedFor: 2 });
      expect(log.recovered(1)).toMatchObject({ base: { index: 0, term: 0 }, lastIndex: 0 });
      expect(log.recovered(0).lastIndex).toBe(1);
      expect(storage.snapshots.groups()).toEqual([]);
      await log.close();
      await close(storage);
      const again = await open(disk, { onDamage: (error) => told.push(error.code) });
      expect(incidentsOf(again)).toEqual(incidents);
      const reopened = await again.openLog(new RecordedEvents());
      expect(reopened.recovered(1).lastIndex).toBe(0);
      expect(told).toEqual([code]);
      await reopened.close();
      await close(again);
      expect(disk.openFiles).toBe(0);
    },
  );

  test.each(damages)(
    'of which the snapshot is %s, in a group of two, are refused, and nothing is changed',
    async (_what, code, damage) => {
      const disk = await joined();
      await damage(disk);
      for (let attempt = 0; attempt < 2; attempt++) {
        const storage = await open(disk, { restoreFromPeers: false });
        await expect(storage.openLog(new RecordedEvents())).rejects.toMatchObject({ code });
        expect(incidentsOf(storage)).toEqual([0, 0]);
        await close(storage);
        expect(disk.openFiles).toBe(0);
      }
      expect(disk.files().filter((path) => path.endsWith('.snapshot'))).toHaveLength(code === 'LOG_DAMAGED' ? 0 : 1);
    },
  );

  test('of a group that was being removed when the process died need not join: what is left counts for nothing', async () => {
    const disk = await joined();
    const first = await open(disk);
    await first.hardStates.save(1, { term: 22, votedFor: 2, incident: 5 });
    await first.snapshots.remove(1);
    await close(first);
    const told: string[] = [];
    const storage = await open(disk, { restoreFromPeers: false, onDamage: ({ code }) => told.push(code) });
    const log = await storage.openLog(new RecordedEvents());
    expect(log.recovered(1)).toMatchObject({ base: { index: 0, term: 0 }, lastIndex: 0 });
    expect(log.recovered(0).lastIndex).toBe(1);
    const [, incident] = incidentsOf(storage);
    expect(incident).toBeGreaterThan(0);
    expect(incident).not.toBe(5);
    expect(told).toEqual([]);
    await log.close();
    await close(storage);
  });

  test('that do not join, and the power fails while the group is given up: it is not taken for whole later', async () => {
    for (const [, , damage] of damages) {
      for (let operations = 0; operations < 60; operations++) {
        let left = Number.POSITIVE_INFINITY;
        const schedule = (complete: () => void): void => {
          if (left-- > 0) queueMicrotask(complete);
        };
        const whole = await joined();
        let disk = new SimulatedDisk({ seed: operations, schedule });
        await disk.createFolder('/node/log');
        await disk.createFolder('/node/snapshots');
        for (const path of whole.files()) {
          const file = await disk.open(path, { create: true, durableWrites: true });
          await new Promise<void>((resolve) => file.write(whole.contentOf(path), 0, () => resolve()));
          await disk.syncFolder(path.slice(0, path.lastIndexOf('/')));
        }
        await damage(disk);
        await disk.syncFolder('/node/snapshots');
        left = operations;
        const opening = open(disk).then((storage) => storage.openLog(new RecordedEvents()));
        await Promise.race([opening, new Promise(setImmediate).then(() => new Promise(setImmediate))]);
        left = Number.POSITIVE_INFINITY;
        disk = disk.crash('power');
        const storage = await open(disk);
        const log = await storage.openLog(new RecordedEvents());
        expect(incidentsOf(storage)[1], `after ${operations} operations`).toBeGreaterThan(0);
        expect(log.recovered(1).base.index).toBe(storage.snapshots.latest(1)?.index ?? 0);
        await log.close();
        await close(storage);
      }
    }
  });

  test('of which the newest snapshot is damaged, but an older one and the log have everything: it is said, and that is all', async () => {
    const disk = await joined();
    const first = await open(disk);
    const path = snapshotPath(disk);
    const before = disk.contentOf(path);
    await makeSnapshot(first.snapshots, 1, 21, pattern(10));
    await close(first);
    const newest = snapshotPath(disk);
    disk.flipBit(newest, 801);
    // The node died before the older one was removed.
    const file = await disk.open(path, { create: true, durableWrites: true });
    await new Promise<void>((resolve) => file.write(before, 0, () => resolve()));
    await file.close();
    const told: ReplicaError[] = [];
    const storage = await open(disk, { restoreFromPeers: false, onDamage: (damage) => told.push(damage) });
    const log = await storage.openLog(new RecordedEvents());
    expect(told).toEqual([expect.objectContaining({ code: 'SNAPSHOT_DAMAGED' })]);
    expect(told[0]!.message).toContain(newest);
    expect(incidentsOf(storage)).toEqual([0, 0]);
    expect(storage.snapshots.latest(1)).toMatchObject(base);
    expect(log.recovered(1)).toMatchObject({ base, lastIndex: 21 });
    await log.close();
    await close(storage);
  });

  test('a folder of snapshots that cannot be read leaves nothing open', async () => {
    const disk = await joined();
    disk.failNext({ operation: 'open', code: 'EIO', path: '.snapshot' });
    await expect(open(disk)).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
    expect(disk.openFiles).toBe(0);
  });

  test('release closes snapshots that are open', async () => {
    const disk = await joined();
    const storage = await open(disk);
    const reader = await storage.snapshots.open(1);
    await close(storage);
    expect(disk.openFiles).toBe(0);
    await expect(reader!.read(0, 1)).rejects.toMatchObject({ code: 'STOPPED' });
  });
});
