// A reader sleeps while its bytes come from the disk, and the log goes on meanwhile: into segments that were not there
// when the read began.

import { lastIndexOf } from '@balsa/raft';
import { expect, test } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { createBatch, ManualClock, RecordedEvents } from './log-testing.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const settings = { segmentBytes: 32 * 1024, firstSegmentBytes: 16 * 1024, blockBytesMax: 8 * 1024 };

test('a read that was begun before a segment was full goes on in the next', async () => {
  let holdNext = false;
  let release = (): void => {};
  const schedule = (complete: () => void): void => {
    if (holdNext) {
      holdNext = false;
      release = complete;
    } else queueMicrotask(complete);
  };
  const events = new RecordedEvents();
  const clock = new ManualClock();
  const log = await WriteAheadLog.open({
    disk: new SimulatedDisk({ schedule }),
    folder: '/log',
    clock,
    events,
    settings,
  });
  const append = async (index: number): Promise<void> => {
    log.append(1, index, createBatch({ firstIndex: index, payloadBytes: 3000 }));
    await events.reached(1, index);
  };
  await append(1);
  holdNext = true;
  const reading = log.read(1, 1, 1_000_000);
  for (let index = 2; index <= 30; index++) await append(index);
  expect(log.statistics().segments).toBeGreaterThan(2);
  release();
  expect((await reading).map(lastIndexOf)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  await log.close();
});
