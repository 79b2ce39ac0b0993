import { DataType, encodeInsertTablet } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { encodeAdvanceClock, encodeDeleteRange, encodeSetTtl } from '../data-command.ts';
import { tabletOf } from '../testing/tablets.ts';
import { MemoryFolder } from './folder/memory-folder.ts';
import type { Pace } from './pace.ts';
import { StorageEngine } from './storage-engine.ts';
import { noise, writeBulk } from './testing/bulk.ts';
import { openOn, quickPace, rowsOf, smallOptions } from './testing/harness.ts';

const device = 'root.plant.line4';
const value = (time: number): number => time;

function insert(engine: StorageEngine, time: number): void {
  engine.apply(engine.appliedIndex + 1, encodeInsertTablet(tabletOf(device, 'a', DataType.INT32, [[time, time]])));
}

describe('memory', () => {
  it('is bounded where the applier waits when it is asked to', async () => {
    const durable: number[] = [];
    const engine = await openOn(undefined, {
      memtableBytes: 100_000,
      memoryBytesMax: 200_000,
      onDurable: (index) => void durable.push(index),
    });
    let most = 0;
    for (let round = 0; round < 60; round++) {
      writeBulk(engine, device, ['a'], { startMs: round * 1000, count: 1000, value });
      most = Math.max(most, engine.statistics().memoryBytes);
      await engine.pressure();
    }
    // One command more than the limit.
    expect(most).toBeLessThan(200_000 + 1000 * 12 + 2000);
    expect(engine.pressure()).toBeUndefined();
    expect(durable.length).toBeGreaterThan(4);
    expect(durable.at(-1)).toBe(engine.durableIndex);
    expect(await rowsOf(engine, device, ['a'])).toHaveLength(60_000);
    await engine.close();
  });

  it('is asked for, and given, when the disk is stuck or the engine is closed', async () => {
    const folder = new MemoryFolder();
    const engine = await openOn(folder, { memtableBytes: 20_000, memoryBytesMax: 40_000, retryMs: 1 });
    folder.capacityBytes = 0;
    for (let round = 0; round < 6; round++)
      writeBulk(engine, device, ['a'], { startMs: round * 1000, count: 1000, value });
    const pressure = engine.pressure();
    expect(pressure).toBeInstanceOf(Promise);
    expect(engine.pressure()).toBe(pressure);
    // What was applied is not refused, whatever the disk does.
    expect(await rowsOf(engine, device, ['a'])).toHaveLength(6000);
    folder.capacityBytes = Number.POSITIVE_INFINITY;
    await pressure;
    await engine.flush();
    expect(engine.durableIndex).toBe(6);
    folder.capacityBytes = 0;
    for (let round = 6; round < 12; round++)
      writeBulk(engine, device, ['a'], { startMs: round * 1000, count: 1000, value });
    const waiting = engine.pressure();
    await engine.close();
    await waiting;
  });

  it('is flushed when it is old', async () => {
    let nowMs = 0;
    const engine = await openOn(undefined, { memtableAgeMsMax: 1000, nowMs: () => nowMs });
    engine.tick();
    insert(engine, 1);
    nowMs = 5000;
    engine.tick();
    nowMs = 5999;
    insert(engine, 2);
    engine.tick();
    expect(engine.durableIndex).toBe(0);
    nowMs = 6000;
    engine.tick();
    await engine.flush();
    expect(engine.statistics()).toMatchObject({ durableIndex: 2, files: 1 });
    engine.tick();
    nowMs = 9000;
    engine.tick();
    expect(engine.statistics().files).toBe(1);
    await engine.close();
  });
});

describe('a full disk', () => {
  it('is reported, leaves nothing behind, and is got over', async () => {
    const filled = (engine: StorageEngine): void =>
      writeBulk(engine, device, ['a'], { startMs: 0, count: 5000, value: noise });
    const roomy = new MemoryFolder();
    const easy = await openOn(roomy);
    filled(easy);
    await easy.flush();
    await easy.close();
    const bytesNeeded = roomy.names.reduce((sum, name) => sum + roomy.contentOf(name).length, 0);
    const folder = new MemoryFolder();
    const failures: string[] = [];
    const engine = await openOn(folder, { onFailure: ({ code, message }) => void failures.push(`${code} ${message}`) });
    filled(engine);
    for (const capacityBytes of [200, bytesNeeded / 2, bytesNeeded - 400, bytesNeeded - 10]) {
      folder.capacityBytes = capacityBytes;
      await expect(engine.flush()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
      expect(engine.durableIndex).toBe(0);
    }
    expect(failures[0]).toMatch(/^STORAGE_FAILED the disk refused a flush: ENOSPC/);
    folder.capacityBytes = Number.POSITIVE_INFINITY;
    await engine.flush();
    expect(engine.durableIndex).toBe(1);
    expect(folder.names).toHaveLength(4);
    await engine.close();
    const again = await openOn(folder.crash());
    expect(await rowsOf(again, device, ['a'])).toHaveLength(5000);
    await again.close();
  });

  it('does not stop a commit of which nobody knows whether it is durable from being cleared up', async () => {
    const folder = new MemoryFolder();
    const engine = await openOn(folder);
    for (const [operation, skip] of [
      ['rename', 0],
      ['sync', 1],
    ] as const) {
      insert(engine, engine.appliedIndex);
      folder.failNext(operation, 'EIO', skip);
      await expect(engine.flush()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
      await engine.flush();
    }
    expect(await rowsOf(engine, device, ['a'])).toHaveLength(2);
    await engine.close();
    // The manifest, a catalog, and two data files of two parts each.
    expect(folder.names).toHaveLength(6);
  });
});

describe('a commit of which nobody knows whether it is durable', () => {
  it.each(['process', 'power'] as const)(
    'has its files if it is, and its predecessor has them if it is not: %s',
    async (kind) => {
      const found = new Set<number>();
      for (let seed = 0; seed < 20; seed++) {
        const folder = new MemoryFolder({ seed });
        const pace: Pace = {
          turn: quickPace.turn,
          // It is not tried again.
          wait: (_, signal) =>
            new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        };
        const engine = await openOn(folder, { pace });
        insert(engine, 1);
        await engine.flush();
        insert(engine, 2);
        folder.failNext('sync', 'EIO', 1);
        await expect(engine.flush()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
        const after = folder.crash(kind);
        await engine.close();
        const again = await openOn(after);
        const rows = await rowsOf(again, device, ['a']);
        expect(rows).toHaveLength(again.durableIndex);
        found.add(rows.length);
        await again.close();
      }
      expect([...found].sort()).toEqual(kind === 'process' ? [2] : [1, 2]);
    },
  );
});

describe('compaction', () => {
  const quick = { bytesPerSecondMax: Number.POSITIVE_INFINITY };

  it('merges small files and those out of order, and gives the space back', async () => {
    const folder = new MemoryFolder();
    const engine = await openOn(folder, { compaction: { ...quick, mergeFiles: 4, lateFilesMax: 3 } });
    for (let round = 0; round < 24; round++) {
      // In order, and over again.
      writeBulk(engine, device, ['a'], {
        startMs: (round >> 1) * 1000 + (round & 1) * 500,
        count: 1000,
        value: () => round,
      });
      await engine.flush();
    }
    await engine.compact();
    const { files, lateFiles, filePoints } = engine.statistics();
    expect(files).toBeLessThan(6);
    expect(lateFiles).toBeLessThan(3);
    expect(filePoints).toBeLessThan(16_000);
    const rows = await rowsOf(engine, device, ['a']);
    expect(rows).toHaveLength(12_500);
    expect(rows.filter(([time, round]) => round !== Math.min(23, Math.floor((time - 0) / 500)))).toEqual([]);
    await engine.close();
    expect(folder.openFiles).toBe(0);
    expect(folder.names).toHaveLength(2 + 2 * files);
  });

  it('lets commands be applied, flushed and read meanwhile', async () => {
    let turns = 0;
    let engine: StorageEngine | undefined;
    const pace: Pace = {
      ...quickPace,
      turn: async () => {
        turns++;
        if (engine !== undefined && turns % 3 === 0) insert(engine, 1e9 + engine.appliedIndex);
        await quickPace.turn();
      },
    };
    const folder = new MemoryFolder();
    engine = await StorageEngine.open(folder, {
      ...smallOptions,
      pace,
      memtableBytes: 8 << 20,
      memoryBytesMax: 16 << 20,
      compaction: { mergeFiles: 100 },
    });
    for (let round = 0; round < 4; round++) {
      writeBulk(engine, device, ['a', 'b'], { startMs: round * 50_000, count: 50_000, value });
      await engine.flush();
    }
    await engine.close();
    engine = undefined;
    turns = 0;
    const opened = await StorageEngine.open(folder, {
      ...smallOptions,
      pace,
      memtableBytes: 20_000,
      memoryBytesMax: 1 << 20,
      compaction: { ...quick, mergeFiles: 2 },
    });
    engine = opened;
    const before = (await rowsOf(opened, device, ['a'])).length;
    const inserted = opened.appliedIndex;
    await opened.compact();
    expect(turns).toBeGreaterThan(10);
    expect(opened.appliedIndex).toBeGreaterThan(inserted + 3);
    expect(await rowsOf(opened, device, ['a'])).toHaveLength(before + opened.appliedIndex - inserted);
    await opened.close();
  });

  it('keeps to its rate, and ends at once when the engine is closed', async () => {
    const waits: number[] = [];
    const folder = new MemoryFolder();
    const pace: Pace = {
      turn: quickPace.turn,
      wait: (ms, signal) => {
        waits.push(ms);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    };
    const engine = await openOn(folder, { compaction: { mergeFiles: 100 } });
    for (let round = 0; round < 2; round++) {
      writeBulk(engine, device, ['a'], {
        startMs: round * 50_000,
        count: 50_000,
        value: noise,
      });
      await engine.flush();
    }
    await engine.close();
    const names = folder.names;
    const slow = await StorageEngine.open(folder, {
      ...smallOptions,
      pace,
      compaction: { mergeFiles: 2, bytesPerSecondMax: 1_000_000 },
    });
    while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve));
    // A chunk of 32,768 rows takes some 131,000 bytes, and so as many microseconds.
    expect(waits[0]).toBeGreaterThan(125);
    expect(waits[0]).toBeLessThan(200);
    await slow.close();
    expect(folder.names).toEqual(names);
  });

  it('is not kept from forgetting deletes by their number', async () => {
    const engine = await openOn(undefined, { compaction: { ...quick, mergeFiles: 100, tombstonesMax: 10 } });
    writeBulk(engine, device, ['a'], { startMs: 0, count: 5000, value });
    await engine.flush();
    let most = 0;
    for (let i = 0; i < 200; i++) {
      const command = encodeDeleteRange({ patterns: ['root.**'], startMs: i * 10, endMs: i * 10 + 5 });
      engine.apply(engine.appliedIndex + 1, command);
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, engine.statistics().tombstones);
    }
    expect(most).toBeLessThan(150);
    await engine.flush();
    await engine.compact();
    expect(engine.statistics().tombstones).toBeLessThan(12);
    expect(await rowsOf(engine, device, ['a'])).toHaveLength(4000);
    await engine.close();
  });

  it('leaves out what was deleted or has expired, and then forgets the deletes', async () => {
    const engine = await openOn(undefined, { compaction: { ...quick, mergeFiles: 100, tombstonesMax: 3 } });
    const apply = (command: Buffer): unknown => engine.apply(engine.appliedIndex + 1, command);
    writeBulk(engine, device, ['a'], { startMs: 0, count: 5000, value });
    await engine.flush();
    for (let i = 0; i < 10; i++)
      apply(encodeDeleteRange({ patterns: [`${device}.a`], startMs: i * 100, endMs: i * 100 + 50 }));
    expect(engine.statistics().tombstones).toBe(10);
    await engine.flush();
    await engine.compact();
    expect(engine.statistics()).toMatchObject({ tombstones: 0, filePoints: 4500, files: 1 });
    apply(encodeSetTtl({ path: 'root.plant.**', ttlMs: 1000 }));
    apply(encodeAdvanceClock(5500));
    expect(await rowsOf(engine, device, ['a'])).toHaveLength(500);
    await engine.flush();
    await engine.compact();
    expect(engine.statistics()).toMatchObject({ filePoints: 4500 });
    apply(encodeAdvanceClock(1e6));
    await engine.flush();
    await engine.compact();
    expect(engine.statistics()).toMatchObject({ files: 0, filePoints: 0, series: 1 });
    await engine.close();
  });
});

describe('after the end', () => {
  it('everything is refused, with a code', async () => {
    const engine = await openOn();
    insert(engine, 1);
    const flushing = engine.flush();
    const outcome = flushing.then(
      () => 'flushed',
      (error: { code: string }) => error.code,
    );
    await engine.close();
    expect(['flushed', 'STORAGE_CLOSED']).toContain(await outcome);
    for (const work of [engine.flush(), engine.compact(), engine.last(device, ['a']), engine.checksum()]) {
      await expect(work).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
    }
    expect(() => engine.apply(2, Buffer.of(1))).toThrow('the engine was closed');
    expect(() => engine.snapshot()).toThrow('the engine was closed');
    await engine.close();
  });

  it.each([
    { memtableBytes: 0 },
    { memoryBytesMax: 100 },
    { compaction: { mergeFiles: 1 } },
    { seriesMax: Number.NaN },
  ])('and options that make no sense from the beginning: %o', async (options) => {
    await expect(openOn(undefined, options)).rejects.toMatchObject({ code: 'STORAGE_ARGUMENT' });
  });
});
