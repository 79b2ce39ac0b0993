import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Batch, lastIndexOf } from '@balsa/raft';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { NodeDisk } from '../disk/node-disk.ts';
import { readWholeFile, writeFile } from '../disk/promises.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { LogPosition } from '../ports.ts';
import { logStoreCases } from './log-store.conformance.ts';
import { expectSame } from './log-store-trial.ts';
import { createBatch, ManualClock, RecordedEvents } from './log-testing.ts';
import type { RecoveryProgress } from './recovery.ts';
import type { Durability } from './settings.ts';
import { WriteAheadLog, type WriteAheadLogOptions } from './write-ahead-log.ts';

const small = { segmentBytes: 64 * 1024, firstSegmentBytes: 32 * 1024, blockBytesMax: 16 * 1024 };

describe.each(['sync', 'batched', 'memory'] as const)('%s: as a log store', (durability) => {
  describe('on the real disk', () => {
    const cases = logStoreCases(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'balsa-log-'));
      const disk = new NodeDisk();
      return {
        open: (events) =>
          WriteAheadLog.open({ disk, folder, clock: new ManualClock(), events, durability, settings: small }),
        dispose: () => rm(folder, { recursive: true }),
      };
    });
    for (const { name, run } of cases) test(name, run);
  });

  describe('on the simulated disk', () => {
    const cases = logStoreCases(async () => {
      const disk = new SimulatedDisk();
      return {
        open: (events) =>
          WriteAheadLog.open({ disk, folder: '/log', clock: new ManualClock(), events, durability, settings: small }),
        dispose: async () => {},
      };
    });
    for (const { name, run } of cases) test(name, run);
  });
});

describe('WriteAheadLog', () => {
  let disk: SimulatedDisk;
  let clock: ManualClock;
  let events: RecordedEvents;

  beforeEach(() => {
    disk = new SimulatedDisk();
    clock = new ManualClock();
    events = new RecordedEvents();
  });

  function open(options: Partial<WriteAheadLogOptions> = {}): Promise<WriteAheadLog> {
    return WriteAheadLog.open({ disk, folder: '/log', clock, events, settings: small, ...options });
  }

  function append(log: WriteAheadLog, firstIndex: number, payloadBytes = 16, group = 1): void {
    log.append(group, firstIndex, createBatch({ group, firstIndex, payloadBytes }));
  }

  /** Lets everything that can happen without a timer happen. */
  async function settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  }

  test('one block serves all that is appended in one turn, by any group', async () => {
    const log = await open();
    const before = log.statistics().blocks;
    for (let i = 1; i <= 10; i++) for (const group of [1, 2, 3]) append(log, i, 16, group);
    await Promise.all([1, 2, 3].map((group) => events.reached(group, 10)));
    expect(log.statistics()).toMatchObject({ blocks: before + 1, records: 30, recordBytes: 30 * 68, queuedBytes: 0 });
    // One report for each group and block.
    expect(events.durable).toEqual([1, 2, 3].map((group) => [group, 10]));
    await log.close();
  });

  test('what is appended during a write goes into the next block, bounded in bytes', async () => {
    const log = await open();
    const before = log.statistics().blocks;
    append(log, 1);
    await Promise.resolve();
    for (let i = 2; i <= 41; i++) append(log, i, 1000);
    expect(log.statistics().queuedBytes).toBeGreaterThan(40_000);
    await events.reached(1, 41);
    // 40 records of 1,052 bytes, at most 15 in 16 KiB.
    expect(log.statistics().blocks).toBe(before + 1 + 3);
    await log.close();
  });

  test('writes the same bytes again if told what to draw, which is asked only for a new log', async () => {
    const drawn: bigint[] = [];
    const drawLogId = (): bigint => {
      drawn.push(2n ** 64n - 1n);
      return drawn.at(-1)!;
    };
    const written: Buffer[] = [];
    for (const options of [{ drawLogId }, { drawLogId }, {}]) {
      disk = new SimulatedDisk();
      const log = await open(options);
      for (let i = 1; i <= 3; i++) append(log, i);
      await log.close();
      const [name] = await disk.list('/log');
      const file = await disk.open(`/log/${name}`);
      written.push(await readWholeFile(file, small.segmentBytes));
      await file.close();
      await (await open(options)).close();
    }
    expect(drawn).toHaveLength(2);
    expect(written[0]!.equals(written[1]!)).toBe(true);
    expect(written[0]!.equals(written[2]!)).toBe(false);
  });

  test('takes a record that is larger than a block, and one that is larger than a segment', async () => {
    const log = await open();
    append(log, 1, 30_000);
    append(log, 2, 300_000);
    append(log, 3, 10);
    await events.reached(1, 3);
    expect((await log.read(1, 1, 1)).map(({ bytes }) => bytes.length)).toEqual([30_052]);
    expect((await log.read(1, 2, 1_000_000)).map(({ bytes }) => bytes.length)).toEqual([300_052, 62]);
    await log.close();
    const again = await open();
    expect(again.recovered(1).lastIndex).toBe(3);
    await again.close();
  });

  test('reports in memory mode at once, but never from within append', async () => {
    const log = await open({ durability: 'memory' });
    disk.failNext({ operation: 'flush', code: 'EIO' });
    append(log, 1);
    expect(events.durable).toEqual([]);
    await events.reached(1, 1);
    await log.close();
  });

  test('seals an idle log, once', async () => {
    const log = await open();
    append(log, 1);
    await events.reached(1, 1);
    const { blocks } = log.statistics();
    clock.fire(100);
    expect(log.statistics().blocks).toBe(blocks);
    for (let i = 0; i < 5; i++) {
      clock.fire(100);
      await settle();
    }
    expect(log.statistics().blocks).toBe(blocks + 1);
    await log.close();
  });

  test('in batched mode reports what the system holds, and flushes by the clock', async () => {
    const log = await open({ durability: 'batched' });
    append(log, 1);
    await events.reached(1, 1);
    // Not flushed yet, so a block behind it would prove nothing.
    const { blocks } = log.statistics();
    clock.fire(100);
    clock.fire(100);
    await settle();
    expect(log.statistics().blocks).toBe(blocks);
    clock.fire(50);
    await settle();
    disk = disk.crash('power');
    const again = await open({ events: new RecordedEvents() });
    expect(again.recovered(1).lastIndex).toBe(1);
    await again.close();
  });

  test('stops all its timers when it is closed', async () => {
    const log = await open({ durability: 'batched' });
    expect(clock.timers).toBe(2);
    await log.close();
    expect(clock.timers).toBe(0);
    expect(() => append(log, 1)).toThrow(expect.objectContaining({ code: 'STOPPED' }));
  });

  test('refuses bytes that are not its record', async () => {
    const log = await open();
    const { bytes, ...header } = createBatch({ firstIndex: 1 });
    expect(() => log.append(1, 2, { ...header, bytes: bytes.subarray(0, 60) })).toThrow(
      'not a sealed record of this group',
    );
    expect(() => log.append(2, 2, { ...header, bytes })).toThrow('not a sealed record of this group');
    await log.close();
  });

  test.each([
    { segmentBytes: 5000 },
    { segmentBytes: 8192 },
    { blockBytesMax: 100 },
    { blockBytesMax: 64 * 1024 },
    { firstSegmentBytes: 8192 },
    { sealAfterMs: 1.5 },
    { spareSegmentsMax: -1 },
  ])('refuses settings that cannot work: %o', async (wrong) => {
    await expect(open({ settings: { ...small, ...wrong } })).rejects.toThrow(RangeError);
  });

  test('tells how far recovery is', async () => {
    const log = await open();
    for (let i = 1; i <= 20; i++) append(log, i, 3000);
    await log.close();
    const progress: RecoveryProgress[] = [];
    const again = await open({ onRecoveryProgress: (step) => progress.push(step) });
    expect(progress.length).toBeGreaterThan(3);
    for (const [i, { bytesDone, bytesTotal }] of progress.entries()) {
      expect(bytesDone).toBeGreaterThan(progress[i - 1]?.bytesDone ?? 0);
      expect(bytesDone).toBeLessThanOrEqual(bytesTotal);
    }
    await again.close();
  });

  describe('release', () => {
    const settings = { ...small, retainSegmentsMin: 0, spareSegmentsMax: 1 };

    /** Batches of 3 KB, each durable before the next. */
    async function fill(log: WriteAheadLog, from: number, to: number): Promise<void> {
      for (let i = from; i <= to; i++) {
        append(log, i, 3000);
        await events.reached(1, i);
      }
    }

    test('lets segments go, reuses their files, and removes those beyond the limit', async () => {
      const log = await open({ settings });
      await fill(log, 1, 100);
      const { segments } = log.statistics();
      expect(segments).toBeGreaterThan(6);
      log.release(1, 100);
      await settle();
      expect(log.statistics().segments).toBe(1);
      // The active one, the next one, and one to spare.
      const names = await disk.list('/log');
      expect(names).toHaveLength(3);
      await fill(log, 101, 110);
      expect(await disk.list('/log')).toHaveLength(3);
      await expect(log.read(1, 1, 1000)).rejects.toMatchObject({ code: 'LOG_RELEASED' });
      expect(await log.read(1, 105, 1)).toHaveLength(1);
      await log.close();
      const again = await open({ settings });
      expect(again.recovered(1).lastIndex).toBe(110);
      await again.close();
    });

    test('keeps a segment that any group needs, or that the settings want kept', async () => {
      const log = await open({ settings });
      append(log, 1, 16, 2);
      await fill(log, 1, 50);
      const { segments } = log.statistics();
      log.release(1, 50);
      expect(log.statistics().segments).toBe(segments);
      log.release(2, 2);
      await settle();
      expect(log.statistics().segments).toBe(1);
      await log.close();

      const retaining = await open({ settings: { ...settings, retainSegmentsMin: 2 } });
      await fill(retaining, 51, 80);
      retaining.release(2, 2);
      retaining.release(1, 80);
      expect(retaining.statistics().segments).toBe(3);
      await retaining.close();
    });

    test.each<[string, (log: WriteAheadLog) => void]>([
      ['reset', (log) => log.reset(1, 51, { index: 70, term: 1 })],
      ['forgotten', (log) => log.forget(1)],
      ['superseded as a whole', (log) => log.append(1, 51, createBatch({ firstIndex: 1, term: 2 }))],
    ])('is not needed for what was %s', async (_what, supersede) => {
      const log = await open({ settings });
      await fill(log, 1, 50);
      expect(log.statistics().segments).toBeGreaterThan(3);
      supersede(log);
      await settle();
      log.release(1, 0);
      await settle();
      expect(log.statistics().segments).toBe(1);
      await log.close();
    });

    test('of a reset or forgotten group needs nobody to say so, but is kept until a crash cannot bring the entries back', async () => {
      for (const supersede of [
        (log: WriteAheadLog) => log.reset(1, 51, { index: 70, term: 1 }),
        (log: WriteAheadLog) => log.forget(1),
      ]) {
        disk = new SimulatedDisk();
        events = new RecordedEvents();
        const log = await open({ settings });
        await fill(log, 1, 50);
        const { segments } = log.statistics();
        supersede(log);
        expect(log.statistics().segments).toBe(segments);
        await settle();
        expect(log.statistics().segments).toBe(1);
        await log.close();
      }
    });

    test('a group in use is not written again', async () => {
      const log = await open({ settings });
      for (let i = 1; i <= 60; i++) {
        append(log, i, 3000);
        log.release(1, i + 1);
        await events.reached(1, i);
      }
      await settle();
      expect(log.statistics().segments).toBeLessThan(3);
      expect(log.statistics().records).toBeLessThan(65);
      await log.close();
    });

    test('does nothing any more once the log is closed', async () => {
      let operations = 0;
      let underWay = 0;
      disk = new SimulatedDisk({
        schedule: (complete) => {
          operations++;
          underWay++;
          setImmediate(() => {
            underWay--;
            complete();
          });
        },
      });
      const log = await open({ settings });
      for (let group = 2; group < 6; group++) {
        append(log, 1, 16, group);
        await fill(log, group * 25 - 49, group * 25 - 25);
      }
      // Each has the end of another group written again, with which one more segment could go.
      for (let group = 1; group < 6; group++) log.release(group, 101);
      await log.close();
      expect(underWay).toBe(0);
      const { segments } = log.statistics();
      const before = operations;
      log.release(1, 52);
      await settle();
      expect(operations).toBe(before);
      expect(log.statistics().segments).toBe(segments);
      const again = await open({ settings });
      expect([1, 2, 3, 4, 5].map((group) => again.recovered(group).lastIndex)).toEqual([100, 1, 1, 1, 1]);
      await again.close();
    });

    test('never recycles a file under a read', async () => {
      let held: (() => void)[] | undefined;
      const schedule = (complete: () => void): void => void (held?.push(complete) ?? queueMicrotask(complete));
      disk = new SimulatedDisk({ schedule });
      const log = await open({ settings: { ...settings, spareSegmentsMax: 100 } });
      await fill(log, 1, 60);
      held = [];
      const read = log.read(1, 3, 3100);
      const [completeRead] = held;
      held = undefined;
      log.release(1, 60);
      await fill(log, 61, 120);
      completeRead?.();
      expect((await read).map(({ firstIndex }) => firstIndex)).toEqual([3]);
      await log.close();
    });

    test('a file that grew for one large record is removed, not reused', async () => {
      const log = await open({ settings });
      await fill(log, 1, 10);
      append(log, 11, 200_000);
      await events.reached(1, 11);
      await fill(log, 12, 40);
      log.release(1, 40);
      await settle();
      const sizes = await Promise.all((await disk.list('/log')).map((name) => disk.contentOf(`/log/${name}`).length));
      expect(Math.max(...sizes)).toBe(settings.segmentBytes);
      await log.close();
    });
  });

  describe('a disk that fails', () => {
    test.each(['sync', 'batched', 'memory'] as const)('a failed write is final, in %s mode', async (durability) => {
      const log = await open({ durability });
      append(log, 1);
      await events.reached(1, 1);
      await settle();
      disk.failNext({ operation: 'write', code: 'EIO' });
      append(log, 2);
      await events.failed();
      append(log, 3);
      await settle();
      expect(events.failures).toEqual([expect.objectContaining({ code: 'LOG_FAILED' })]);
      if (durability !== 'memory') expect(events.durableOf(1)).toBe(1);
      expect(clock.timers).toBe(0);
      await log.close();
      const again = await open({ events: new RecordedEvents() });
      expect(again.recovered(1).lastIndex).toBeGreaterThanOrEqual(1);
      await again.close();
    });

    test('a failed flush is final', async () => {
      const log = await open({ durability: 'batched' });
      append(log, 1);
      await events.reached(1, 1);
      disk.failNext({ operation: 'flush', code: 'EIO' });
      clock.fire(50);
      await events.failed();
      expect(events.failures).toEqual([expect.objectContaining({ code: 'LOG_FAILED' })]);
      await log.close();
    });

    test.each(['open', 'write', 'flush', 'syncFolder', 'createFolder'] as const)(
      'a failed %s at the first start is reported by open',
      async (operation) => {
        disk.failNext({ operation, code: 'EIO' });
        await expect(open()).rejects.toMatchObject({ code: 'LOG_FAILED' });
        expect(events.failures).toEqual([]);
      },
    );

    test('a failed write of the first block is reported by open', async () => {
      disk.failNext({ operation: 'write', code: 'EIO', skip: 2 });
      await expect(open()).rejects.toMatchObject({ code: 'LOG_FAILED' });
      await (await open()).close();
    });

    test('a failed read or flush at a later start is reported by open, and the next start finds everything', async () => {
      const log = await open();
      append(log, 1);
      await log.close();
      for (const operation of ['open', 'read', 'flush', 'write'] as const) {
        disk.failNext({ operation, code: 'EIO' });
        await expect(open()).rejects.toMatchObject({ code: 'LOG_FAILED' });
      }
      const again = await open();
      expect(again.recovered(1).lastIndex).toBe(1);
      await again.close();
    });

    test('a full disk is reported when the log needs the space, not before, and nothing that was durable is lost', async () => {
      disk = new SimulatedDisk({ capacityBytes: 250_000 });
      await writeFile(await disk.open('/ballast', { create: true }), new Uint8Array(100_000), 0);
      const log = await open();
      let appended = 0;
      while (events.failures.length === 0 && appended < 1000) {
        append(log, ++appended, 3000);
        await settle();
      }
      expect(events.failures[0]?.message).toContain('ENOSPC');
      expect(events.durableOf(1)).toBeGreaterThan(10);
      await log.close();
      await expect(open()).rejects.toThrow('ENOSPC');
      await disk.remove('/ballast');
      const again = await open({ events: new RecordedEvents() });
      expect(again.recovered(1).lastIndex).toBeGreaterThanOrEqual(events.durableOf(1));
      await again.close();
    });

    // Found by seed 143 of the simulation of whole nodes.
    test.each(['write', 'flush', 'syncFolder', 'open'] as const)(
      'a failed %s while the next segment is prepared is made up for, in the same file, and nothing is left open',
      async (operation) => {
        const log = await open();
        await settle();
        let index = 1;
        const segments = (): number => disk.files().filter((path) => path.endsWith('.log')).length;
        const filesBefore = segments();
        for (let failures = 0; failures < 3; failures++) {
          const path = operation === 'syncFolder' ? '/log' : `segment-${String(filesBefore + 1).padStart(6, '0')}`;
          disk.failNext({ operation, code: 'EIO', path });
        }
        while (segments() < filesBefore + 2) {
          append(log, index++);
          await settle();
        }
        expect(events.failures).toEqual([]);
        await log.close();
        expect(disk.openFiles).toBe(0);
        expect(segments()).toBe(filesBefore + 2);
        const again = await open();
        expect(again.recovered(1).lastIndex).toBe(index - 1);
        await again.close();
      },
    );

    test('a segment that cannot be made on a full disk is one file, however often it is tried', async () => {
      disk = new SimulatedDisk({ capacityBytes: small.segmentBytes });
      const log = await open();
      for (let i = 1; i <= 10; i++) {
        append(log, i);
        await events.reached(1, i);
        await settle();
      }
      expect(events.failures).toEqual([]);
      expect(await disk.list('/log')).toEqual(['segment-000001.log', 'segment-000002.log']);
      await log.close();
    });

    test('a disk that was full for a while, when no space was needed, does not matter', async () => {
      const log = await open();
      await settle();
      disk.failNext({ operation: 'open', code: 'ENOSPC' });
      for (let i = 1; i <= 60; i++) {
        append(log, i, 3000);
        await events.reached(1, i);
      }
      expect(events.failures).toEqual([]);
      await log.close();
    });
  });
});

interface ModelGroup {
  base: LogPosition;
  batches: Batch[];
  released: number;
}

function modelGroup(base: LogPosition = { index: 0, term: 0 }): ModelGroup {
  return { base, batches: [], released: 0 };
}

function lastOf({ base, batches }: ModelGroup): LogPosition {
  const last = batches.at(-1);
  return last === undefined ? base : { index: lastIndexOf(last), term: last.term };
}

test('against a naive model: appends, supersessions, resets, reads, releases and openings in any order', async () => {
  const weights = { append: 6, supersede: 2, read: 3, release: 1, reset: 1, forget: 1, reopen: 1, idle: 1 };
  const step = fc.record({
    kind: fc.oneof(
      ...Object.entries(weights).map(([kind, weight]) => ({
        weight,
        arbitrary: fc.constant(kind as keyof typeof weights),
      })),
    ),
    group: fc.nat(2),
    count: fc.nat(40),
    bytes: fc.nat(9000),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom<Durability>('sync', 'batched', 'memory'),
      async (steps, durability) => {
        const disk = new SimulatedDisk();
        const clock = new ManualClock();
        const settings = { ...small, retainSegmentsMin: 0 };
        const open = (): Promise<WriteAheadLog> =>
          WriteAheadLog.open({ disk, folder: '/log', clock, events: new RecordedEvents(), durability, settings });
        const model = [modelGroup(), modelGroup(), modelGroup()];
        let log = await open();
        let sequence = 0;
        for (const { kind, group, count, bytes } of steps) {
          const known = model[group]!;
          const { base, batches, released } = known;
          if (kind === 'append' || kind === 'supersede') {
            const kept = batches.filter(({ firstIndex }) => firstIndex < released).length;
            if (kind === 'supersede') batches.length = Math.max(kept, batches.length - (count % 9));
            const { index, term: prevTerm } = lastOf(known);
            const term = kind === 'supersede' ? sequence + 2 : Math.max(1, prevTerm);
            const options = { group, firstIndex: index + 1, count: 1 + (count % 4), term, prevTerm };
            const batch = createBatch({ ...options, payloadBytes: bytes, fill: sequence % 256 });
            batches.push(batch);
            log.append(group, ++sequence, batch);
          } else if (kind === 'read') {
            const index = Math.max(base.index + 1, released) + count;
            const from = batches.findIndex((batch) => lastIndexOf(batch) >= index);
            let end = from + 1;
            let total = batches[from]?.bytes.length ?? 0;
            while (end < batches.length && total + batches[end]!.bytes.length <= 3 * bytes)
              total += batches[end++]!.bytes.length;
            expectSame(await log.read(group, index, 3 * bytes), from < 0 ? [] : batches.slice(from, end));
          } else if (kind === 'release') {
            known.released = Math.min(Math.max(base.index + 1, released) + count, lastOf(known).index + 1);
            log.release(group, known.released);
          } else if (kind === 'reset') {
            model[group] = modelGroup({ index: lastOf(known).index + count + 1, term: sequence + 2 });
            log.reset(group, ++sequence, model[group].base);
          } else if (kind === 'forget') {
            model[group] = modelGroup();
            log.forget(group);
          } else if (kind === 'reopen') {
            await log.close();
            log = await open();
            for (const [i, expected] of model.entries()) {
              const { base: foundBase, lastIndex, termRuns } = log.recovered(i);
              const { index, term } = lastOf(expected);
              expect(lastIndex).toBe(index);
              expect(termRuns.at(-1)?.[1] ?? foundBase.term).toBe(term);
              expect(foundBase.index).toBeGreaterThanOrEqual(expected.base.index);
              expect(foundBase.index).toBeLessThan(Math.max(expected.base.index + 1, expected.released));
            }
          } else {
            clock.fire();
            await new Promise(setImmediate);
          }
        }
        await log.close();
        expect(disk.openFiles).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});
