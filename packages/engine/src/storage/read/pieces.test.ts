// Statistics spare reads: what is told by them is not read, and what is read is what could not be told.

import { DataType } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { encodeCreateSeries, encodeDeleteRange } from '../../data-command.ts';
import type { PieceQuery } from '../engine-api.ts';
import type { StorageEngine } from '../storage-engine.ts';
import { writeBulk } from '../testing/bulk.ts';
import { openOn, rowsOf } from '../testing/harness.ts';

const device = 'root.plant.line4';
/** Two chunks, the first of eight pages, the second of two and a half. */
const count = 32_768 + 10_000;

async function summed(engine: StorageEngine, query: Partial<PieceQuery> = {}) {
  const before = { ...engine.reads };
  const total = { count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, points: 0 };
  for await (const piece of engine.pieces({ device, measurement: 'a', ...query })) {
    if (piece.kind === 'summary') {
      total.count += piece.count;
      total.sum += piece.sum!;
      total.min = Math.min(total.min, piece.min as number);
      total.max = Math.max(total.max, piece.max as number);
      continue;
    }
    total.points += piece.times.length;
    for (const value of piece.column.values as Int32Array) {
      total.count++;
      total.sum += value;
      total.min = Math.min(total.min, value);
      total.max = Math.max(total.max, value);
    }
  }
  const { reads } = engine;
  return {
    ...total,
    pagesRead: reads.pagesRead - before.pagesRead,
    pagesSummarized: reads.pagesSummarized - before.pagesSummarized,
    chunksSummarized: reads.chunksSummarized - before.chunksSummarized,
    chunksRead: reads.chunksRead - before.chunksRead,
  };
}

const sumOf = (from: number, to: number, value: (time: number) => number): number => {
  let sum = 0;
  for (let time = from; time < to; time++) sum += value(time);
  return sum;
};

describe.each([false, true])('pieces of a series, aligned: %s', (isAligned) => {
  const filled = async (): Promise<StorageEngine> => {
    const engine = await openOn();
    const dataTypes = [DataType.INT32, DataType.INT32];
    engine.apply(1, encodeCreateSeries({ device, isAligned, measurements: ['a', 'b'], dataTypes }));
    writeBulk(engine, device, ['a', 'b'], { startMs: 0, count, value: (time) => time % 1000 });
    await engine.flush();
    return engine;
  };
  const value = (time: number): number => time % 1000;

  it('of whole chunks are told by statistics', async () => {
    const engine = await filled();
    const found = await summed(engine);
    expect(found).toMatchObject({ count, sum: sumOf(0, count, value), min: 0, max: 999, points: 0 });
    expect(found).toMatchObject({
      chunksSummarized: engine.statistics().files === 1 ? 2 : found.chunksSummarized,
      pagesRead: 0,
      chunksRead: 0,
    });
    await engine.close();
  });

  it('of a range and of windows need few pages', async () => {
    const engine = await filled();
    const range = await summed(engine, { startMs: 5000, endMs: 30_000 });
    expect(range).toMatchObject({ count: 25_000, sum: sumOf(5000, 30_000, value), chunksSummarized: 0, chunksRead: 1 });
    // The pages in which it begins and ends, and none of the others.
    expect(range).toMatchObject({ pagesRead: 2, pagesSummarized: 5 });
    const cut = await summed(engine, { cuts: [0, 4096, 20_000] });
    expect(cut).toMatchObject({ count, sum: sumOf(0, count, value), pagesRead: 1 });
    await engine.close();
  });

  it('that are superseded or deleted in part are read where they are', async () => {
    const engine = await filled();
    writeBulk(engine, device, ['a'], { startMs: 6000, count: 100, value: () => 5000 });
    await engine.flush();
    expect(engine.statistics().lateFiles).toBe(1);
    const late = await summed(engine);
    const expected = sumOf(0, 6000, value) + 500_000 + sumOf(6100, count, value);
    expect(late).toMatchObject({ count, sum: expected, max: 5000, pagesRead: 2, chunksSummarized: 1 });
    engine.apply(engine.appliedIndex + 1, encodeDeleteRange({ patterns: ['root.**.a'], startMs: 6050, endMs: 40_000 }));
    const deleted = await summed(engine);
    expect(deleted).toMatchObject({ count: 6050 + count - 40_000 });
    // The late points and what they lie in, and the page in which the delete ends; what lies within it is not read.
    expect(deleted.pagesRead).toBe(3);
    await engine.close();
  });

  it('agree with the rows of a scan, both ways, after compaction too', async () => {
    const engine = await openOn(undefined, {
      compaction: { lateFilesMax: 1, bytesPerSecondMax: Number.POSITIVE_INFINITY },
    });
    const dataTypes = [DataType.INT32, DataType.INT32];
    engine.apply(1, encodeCreateSeries({ device, isAligned, measurements: ['a', 'b'], dataTypes }));
    writeBulk(engine, device, ['a', 'b'], { startMs: 0, count: 20_000, stepMs: 2, value });
    await engine.flush();
    writeBulk(engine, device, ['a'], { startMs: 1, count: 15_000, stepMs: 2, value: (time) => -time });
    await engine.flush();
    writeBulk(engine, device, ['b'], { startMs: 30_000, count: 20_000, value: (time) => time });
    const a = (time: number): number | undefined => {
      if (time % 2 === 1 && time < 30_000) return -time;
      return time % 2 === 0 && time < 40_000 ? value(time) : undefined;
    };
    const b = (time: number): number | undefined => {
      if (time >= 30_000) return time;
      return time % 2 === 0 && time < 40_000 ? value(time) : undefined;
    };
    const expected = Array.from({ length: 50_000 }, (_, time) => [time, a(time), b(time)]);
    for (let round = 0; round < 2; round++) {
      expect(await rowsOf(engine, device, ['a', 'b'])).toEqual(expected);
      expect(await rowsOf(engine, device, ['a', 'b'], { descending: true })).toEqual(expected.toReversed());
      expect(await rowsOf(engine, device, ['b'], { startMs: 39_990, endMs: 40_010, descending: true })).toEqual(
        expected
          .slice(39_990, 40_010)
          .map(([time, , it]) => [time, it])
          .reverse(),
      );
      await engine.flush();
      await engine.compact();
      expect(engine.statistics().lateFiles).toBe(0);
    }
    await engine.close();
  });

  it('end when the caller has had enough', async () => {
    const engine = await filled();
    const before = engine.reads.pagesRead;
    for await (const { times } of engine.scan({ device, measurements: ['a'] })) {
      expect(times[0]).toBe(0);
      break;
    }
    expect(engine.reads.pagesRead - before).toBe(1);
    const scan = engine.scan({ device, measurements: ['a'], signal: AbortSignal.abort(new Error('enough')) });
    await expect(scan.next()).rejects.toThrow('enough');
    await engine.close();
  });
});

describe('files', () => {
  it('without the device, or without the series, are passed over', async () => {
    const engine = await openOn();
    writeBulk(engine, 'root.plant.line1', ['a'], { startMs: 0, count: 10, value: () => 1 });
    await engine.flush();
    writeBulk(engine, device, ['b'], { startMs: 0, count: 10, value: () => 1 });
    await engine.flush();
    writeBulk(engine, device, ['a'], { startMs: 100, count: 10, value: () => 1 });
    await engine.flush();
    const before = { ...engine.reads };
    expect(await rowsOf(engine, device, ['a'])).toHaveLength(10);
    expect(engine.reads.filesSkipped - before.filesSkipped).toBe(2);
    expect(engine.reads.chunksRead - before.chunksRead).toBe(1);
    await engine.close();
  });
});
