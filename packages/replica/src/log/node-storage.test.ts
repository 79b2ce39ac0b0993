import { crc32c } from '@balsa/wire';
import { describe, expect, test } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
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
      expect(incidentsOf(later)).toEqual([77, 77]);
    }
  });

  test('is done with it group by group', async () => {
    const disk = new SimulatedDisk();
    const first = await open(disk, { replacesLostDisk: true, drawFolderId: () => 77 });
    await first.hardStates.save(1, { term: 5, votedFor: undefined, incident: 0 });
    await first.hardStates.close();
    const later = await open(disk);
    expect(incidentsOf(later)).toEqual([77, 0]);
    await later.hardStates.close();
  });

  test('that says so although its folder is there changes nothing', async () => {
    const disk = new SimulatedDisk();
    const first = await open(disk);
    await first.hardStates.close();
    expect(incidentsOf(await open(disk, { replacesLostDisk: true }))).toEqual([0, 0]);
  });
});
