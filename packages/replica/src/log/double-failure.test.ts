// What a process finds may be there only for as long as the power lasts: the one before died, or its disk failed, before it
// was durable. Whoever starts to rely on it must make it so. Found by the simulation of whole nodes (seeds 10480 and 10452).

import { describe, expect, test } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { DataFolder } from './data-folder.ts';
import { HardStateFile } from './hard-state-file.ts';
import { createBatch, ManualClock, RecordedEvents } from './log-testing.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const settings = { segmentBytes: 32 * 1024, firstSegmentBytes: 16 * 1024, blockBytesMax: 16 * 1024 };
/** What a power failure leaves is drawn: each of these leaves something else. */
const seeds = Array.from({ length: 24 }, (_, seed) => seed);

function openFolder(disk: SimulatedDisk): Promise<DataFolder> {
  const lock = () => Promise.resolve({ release: () => Promise.resolve() });
  return DataFolder.open({ disk, path: '/node', cluster: 'farm', nodeId: 1, freeBytesMin: 0, lock });
}

function openLog(disk: SimulatedDisk, events = new RecordedEvents()): Promise<WriteAheadLog> {
  return WriteAheadLog.open({ disk, folder: '/log', clock: new ManualClock(), events, settings });
}

/** Opens the log and appends one entry after the other until `isEnough`, each confirmed before the next; returns the last index. */
async function appendUntil(
  disk: SimulatedDisk,
  isEnough: (index: number) => boolean,
  onOpen = () => {},
): Promise<number> {
  const events = new RecordedEvents();
  const log = await openLog(disk, events);
  onOpen();
  let index = log.recovered(1).lastIndex;
  do {
    index++;
    log.append(1, index, createBatch({ firstIndex: index, payloadBytes: 3000 }));
    await events.reached(1, index);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  } while (!isEnough(index));
  return index;
}

describe('what a dead process left in the page cache is durable once the next one relies on it:', () => {
  test.each(seeds)('the name of the identity, seed %i', async (seed) => {
    let disk = new SimulatedDisk({ seed });
    disk.failNext({ operation: 'syncFolder', code: 'EIO', path: '/node', skip: 1 });
    await expect(openFolder(disk)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    disk = disk.crash('process');
    const folder = await openFolder(disk);
    expect(folder.isNew).toBe(false);
    disk = disk.crash('power');
    expect((await openFolder(disk)).isNew).toBe(false);
  });

  // Found by seed 206 of the simulation of whole nodes, once processes died more often while they start.
  test.each(seeds)('the name of the file of term and vote, seed %i', async (seed) => {
    let disk = new SimulatedDisk({ seed });
    for (let starts = 0; starts < 2; starts++) {
      for (let failures = 0; failures < 100; failures++) {
        disk.failNext({ operation: 'syncFolder', code: 'EIO', path: '/node' });
      }
      await expect(openFolder(disk)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
      disk.failNothing();
      disk = disk.crash(starts === 0 ? 'process' : 'power');
    }
    const hardStates = await (await openFolder(disk)).openHardStates();
    expect(hardStates.current(1).term).toBe(0);
  });

  test.each(seeds)('the names of segments, seed %i', async (seed) => {
    let disk = new SimulatedDisk({ seed });
    const failSyncs = (): void => {
      for (let failures = 0; failures < 100; failures++) {
        disk.failNext({ operation: 'syncFolder', code: 'EIO', path: '/log' });
      }
    };
    await appendUntil(disk, () => true);
    disk = disk.crash('process');
    const files = disk.files().length;
    // A segment is prepared, but its name never becomes durable in this process.
    const between = await appendUntil(disk, () => disk.files().length > files, failSyncs);
    disk = disk.crash('process');
    // The next process fills more than it has room for without it, and cannot prepare another.
    const lastIndex = await appendUntil(disk, (index) => index > between + 9, failSyncs);
    disk = disk.crash('power');
    expect((await openLog(disk)).recovered(1).lastIndex).toBeGreaterThanOrEqual(lastIndex);
  });

  // Found by node seed 2100372.
  test.each(seeds)('the name of a first segment whose making was cut short, seed %i', async (seed) => {
    let disk = new SimulatedDisk({ seed });
    disk.failNext({ operation: 'write', code: 'EIO', path: 'segment-000001' });
    await expect(openLog(disk)).rejects.toThrow('EIO');
    disk = disk.crash('process');
    // The next process uses the file under the name that it has, and no other sync of the folder comes to its help.
    const lastIndex = await appendUntil(
      disk,
      () => true,
      () => {
        for (let failures = 0; failures < 100; failures++) {
          disk.failNext({ operation: 'syncFolder', code: 'EIO', path: '/log' });
        }
      },
    );
    disk = disk.crash('power');
    expect((await openLog(disk)).recovered(1).lastIndex).toBe(lastIndex);
  });

  test.each(seeds)('the last block, whose write failed, seed %i', async (seed) => {
    let disk = new SimulatedDisk({ seed });
    await appendUntil(disk, () => true);
    disk = disk.crash('process');
    const events = new RecordedEvents();
    const log = await openLog(disk, events);
    disk.failNext({ operation: 'write', code: 'EIO', path: 'segment-000001' });
    log.append(1, 1, createBatch({ firstIndex: 2, payloadBytes: 100 }));
    await events.failed();
    disk = disk.crash('process');
    const { lastIndex } = (await openLog(disk)).recovered(1);
    disk = disk.crash('power');
    expect((await openLog(disk)).recovered(1).lastIndex).toBe(lastIndex);
  });

  test.each(seeds)('term and vote, whose flush failed, seed %i', async (seed) => {
    let disk = new SimulatedDisk({ seed });
    const path = '/hard-state';
    const first = await HardStateFile.open({ disk, path, extentSlots: 2 });
    await first.save(1, { term: 1, votedFor: 2, incident: 0 });
    disk.failNext({ operation: 'flush', code: 'EIO', path, skip: seed % 2 });
    await expect(first.save(1, { term: 2, votedFor: 3, incident: 0 })).rejects.toMatchObject({ code: 'LOG_FAILED' });
    disk = disk.crash('process');
    const found = (await HardStateFile.open({ disk, path, mustExist: true, extentSlots: 2 })).current(1);
    disk = disk.crash('power');
    const again = await HardStateFile.open({ disk, path, mustExist: true, extentSlots: 2 });
    expect(again.current(1)).toEqual(found);
  });
});
