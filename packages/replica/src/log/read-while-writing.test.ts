// A reader sleeps while its bytes come from the disk, and the log goes on meanwhile: into segments that were not there
// when the read began, or without what was to be read.

import { lastIndexOf } from '@balsa/raft';
import { describe, expect, test } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { createBatch, ManualClock, RecordedEvents } from './log-testing.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const settings = { segmentBytes: 32 * 1024, firstSegmentBytes: 16 * 1024, blockBytesMax: 8 * 1024 };

/** A log of one entry, and a read of it that has begun and waits for the disk until `release`. */
async function beginReading() {
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
  const disk = new SimulatedDisk({ schedule });
  const log = await WriteAheadLog.open({ disk, folder: '/log', clock, events, settings });
  const append = async (index: number): Promise<void> => {
    log.append(1, index, createBatch({ firstIndex: index, payloadBytes: 3000 }));
    await events.reached(1, index);
  };
  await append(1);
  holdNext = true;
  return { log, events, append, reading: log.read(1, 1, 1_000_000), release: () => release() };
}

test('a read that was begun before a segment was full goes on in the next', async () => {
  const { log, append, reading, release } = await beginReading();
  for (let index = 2; index <= 30; index++) await append(index);
  expect(log.statistics().segments).toBeGreaterThan(2);
  release();
  expect((await reading).map(lastIndexOf)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  await log.close();
});

// Node seed 1004124: it looked for the rest behind the end of the file, and called that damage.
test('a read of what is released meanwhile hears so', async () => {
  const { log, append, reading, release } = await beginReading();
  for (let index = 2; index <= 30; index++) await append(index);
  log.release(1, 25);
  await append(31);
  release();
  await expect(reading).rejects.toMatchObject({ code: 'LOG_RELEASED' });
  await log.close();
});

describe.each([false, true])('a read during which the log begins anew (and that is on the disk: %s)', (isWritten) => {
  test('hears that what it wants is gone, also if the same entries come again', async () => {
    const { log, events, reading, release } = await beginReading();
    log.reset(1, 2, { index: 1, term: 4 });
    log.append(1, 3, createBatch({ firstIndex: 2, term: 5, prevTerm: 4 }));
    if (isWritten) await events.reached(1, 3);
    release();
    await expect(reading).rejects.toMatchObject({ code: 'LOG_RELEASED' });
    await log.close();
  });

  test('finds nothing once the group is forgotten', async () => {
    const { log, events, reading, release } = await beginReading();
    log.forget(1);
    log.append(1, 3, createBatch({ firstIndex: 1, term: 5 }));
    if (isWritten) await events.reached(1, 3);
    release();
    expect(await reading).toEqual([]);
    await log.close();
  });
});
