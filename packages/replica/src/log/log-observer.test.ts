import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { BlockTimes, LogObserver } from '../ports.ts';
import { LogCollector } from '../statistics/log-collector.ts';
import { createBatch, ManualClock, RecordedEvents } from './log-testing.ts';
import type { Durability } from './settings.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const kibibyte = 1024;
const settings = { segmentBytes: 64 * kibibyte, firstSegmentBytes: 64 * kibibyte, blockBytesMax: 32 * kibibyte };

/** A log on a disk whose every operation takes `operationMs`. */
class Rig {
  readonly clock = new ManualClock();
  readonly events = new RecordedEvents();
  readonly blocks: BlockTimes[] = [];
  readonly flushes: [beganMs: number, doneMs: number][] = [];
  operationMs = 0;
  log!: WriteAheadLog;
  readonly observer: LogObserver = {
    blockWritten: (block) => this.blocks.push(block),
    flushed: (beganMs, doneMs) => this.flushes.push([beganMs, doneMs]),
  };

  async open(durability: Durability): Promise<void> {
    const disk = new SimulatedDisk({
      schedule: (complete) =>
        queueMicrotask(() => {
          this.clock.atMs += this.operationMs;
          complete();
        }),
    });
    const { clock, events } = this;
    this.log = await WriteAheadLog.open({ disk, folder: '/log', clock, events, durability, settings });
    // What is written ahead of time has been written.
    await nextTurn();
    this.operationMs = 5;
  }

  readonly append = (sequence: number, group = 1, payloadBytes = 16): void => {
    this.log.append(group, sequence, createBatch({ group, firstIndex: sequence, payloadBytes }));
  };
}

let rig: Rig | undefined;
afterEach(() => rig?.log.close());

async function opened(durability: Durability = 'sync'): Promise<Rig> {
  rig = new Rig();
  await rig.open(durability);
  return rig;
}

test('a block is told with the times of its oldest record and of its write, before what is durable is reported', async () => {
  const { log, clock, events, blocks, observer, append } = await opened();
  log.observe(observer);
  clock.atMs = 100;
  append(1);
  clock.atMs = 103;
  append(1, 2);
  await events.reached(2, 1);
  expect(blocks).toEqual([
    { records: 2, blockBytes: 4096, queuedMs: 100, beganMs: 103, doneMs: 108, waitedForSegment: false },
  ]);
});

test('what was queued before somebody observes has no time; afterwards nobody is told', async () => {
  const { log, clock, events, blocks, observer, append } = await opened();
  clock.atMs = 100;
  append(1);
  log.observe(observer);
  await events.reached(1, 1);
  expect(blocks).toMatchObject([{ records: 1, queuedMs: undefined, beganMs: 100, doneMs: 105 }]);
  log.observe(undefined);
  append(2);
  await events.reached(1, 2);
  expect(blocks).toHaveLength(1);
});

test('a block that has to wait for room says so', async () => {
  const { log, events, blocks, observer, append } = await opened();
  log.observe(observer);
  for (let sequence = 1; sequence <= 8; sequence++) append(sequence, 1, 30 * kibibyte);
  await events.reached(1, 8);
  expect(blocks.some(({ waitedForSegment }) => waitedForSegment)).toBe(true);
  expect(blocks[0]!.waitedForSegment).toBe(false);
});

test('in batched mode, writes and flushes are told apart', async () => {
  const { log, clock, events, blocks, flushes, observer, append } = await opened('batched');
  log.observe(observer);
  clock.atMs = 100;
  append(1);
  await events.reached(1, 1);
  clock.fire();
  await log.close();
  expect(blocks[0]).toMatchObject({ beganMs: 100, doneMs: 105 });
  expect(flushes[0]).toEqual([105, 110]);
});

test('the figures of a log', () => {
  const collector = new LogCollector(60_000);
  const block = { records: 2, blockBytes: 4096, queuedMs: 100, beganMs: 103, doneMs: 108, waitedForSegment: false };
  collector.blockWritten(block);
  collector.blockWritten({
    ...block,
    records: 0,
    queuedMs: undefined,
    beganMs: 110,
    waitedForSegment: true,
    doneMs: 111,
  });
  collector.flushed(111, 120);
  expect(collector.lastWriteBeganMs).toBe(110);
  expect(collector.report(120, 0)).toMatchObject({
    queueMs: { count: 1, max: 3 },
    writeMs: { count: 2, mean: 3, max: 5 },
    flushMs: { count: 1, max: 9 },
    blockRecords: { count: 2, mean: 1, max: 2 },
    blockBytes: { count: 2, max: 4096 },
    segmentWaits: 1,
  });
});
