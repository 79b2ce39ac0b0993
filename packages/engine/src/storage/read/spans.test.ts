// Statistics of spans: hours are told without reading pages, and say what the points say, whatever was written late or deleted.

import { DataType } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCreateSeries, encodeDeleteRange } from '../../data-command.ts';
import type { PieceQuery } from '../engine-api.ts';
import type { StorageEngine } from '../storage-engine.ts';
import { writeBulk } from '../testing/bulk.ts';
import { openOn } from '../testing/harness.ts';

const device = 'root.plant.line4';
const hourMs = 3_600_000;
const minuteMs = 60_000;
const startMs = 1_767_225_600_000;

interface Told {
  count: number;
  sum: number;
  min: number;
  max: number;
  first: number;
  last: number;
}

/** By window; whatever lies before the first is one, too. */
type Windows = Map<number, Told>;

function windowOf(cuts: readonly number[], timeMs: number): number {
  return cuts.findLastIndex((cut) => cut <= timeMs);
}

function add(windows: Windows, window: number, told: Told): void {
  const before = windows.get(window);
  if (before === undefined) {
    windows.set(window, { ...told });
    return;
  }
  before.count += told.count;
  before.sum += told.sum;
  before.min = Math.min(before.min, told.min);
  before.max = Math.max(before.max, told.max);
  before.last = told.last;
}

function toldOf(value: number): Told {
  return { count: 1, sum: value, min: value, max: value, first: value, last: value };
}

async function windowsOf(engine: StorageEngine, cuts: readonly number[], query: Partial<PieceQuery> = {}) {
  const before = { ...engine.reads };
  const windows: Windows = new Map();
  let behindMs = Number.NEGATIVE_INFINITY;
  await engine.eachPiece({ device, measurement: 'a', cuts, ...query }, (piece) => {
    if (piece.kind === 'summary') {
      expect(piece.startMs).toBeGreaterThan(behindMs);
      behindMs = piece.endMs;
      const window = windowOf(cuts, piece.startMs);
      expect(windowOf(cuts, piece.endMs)).toBe(window);
      const { count, sum, min, max, first, last } = piece;
      add(windows, window, { count, sum, min, max, first, last } as Told);
    } else {
      for (const [row, time] of piece.times.entries()) {
        expect(time).toBeGreaterThan(behindMs);
        behindMs = time;
        add(windows, windowOf(cuts, time), toldOf(Number(piece.column.values[row])));
      }
    }
    return undefined;
  });
  const { reads } = engine;
  return {
    windows,
    pagesRead: reads.pagesRead - before.pagesRead,
    chunksRead: reads.chunksRead - before.chunksRead,
    spansSummarized: reads.spansSummarized - before.spansSummarized,
  };
}

function expectedOf(points: ReadonlyMap<number, number>, cuts: readonly number[], from = 0, to = 2 ** 53): Windows {
  const windows: Windows = new Map();
  for (const time of [...points.keys()].sort((a, b) => a - b)) {
    if (time >= from && time < to) add(windows, windowOf(cuts, time), toldOf(points.get(time)!));
  }
  return windows;
}

function everyMs(stepMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => startMs + i * stepMs);
}

describe.each([false, true])('hours of a series, aligned: %s', (isAligned) => {
  const rows = 10_000;
  const value = (timeMs: number): number => ((timeMs / 5000) * 7919) % 1000;
  const points = new Map(everyMs(5000, rows).map((time) => [time, value(time)]));
  const filled = async (): Promise<StorageEngine> => {
    const engine = await openOn();
    const dataTypes = [DataType.INT32, DataType.INT32];
    engine.apply(1, encodeCreateSeries({ device, isAligned, measurements: ['a', 'b'], dataTypes }));
    writeBulk(engine, device, ['a', 'b'], { startMs, stepMs: 5000, count: rows, value });
    await engine.flush();
    return engine;
  };
  const hours = everyMs(hourMs, 14);

  it('are told without reading a page', async () => {
    const engine = await filled();
    const found = await windowsOf(engine, hours);
    expect(found).toMatchObject({
      windows: expectedOf(points, hours),
      pagesRead: 0,
      chunksRead: 0,
      spansSummarized: 14,
    });
    const twos = everyMs(2 * hourMs, 7);
    expect(await windowsOf(engine, twos)).toMatchObject({ windows: expectedOf(points, twos), pagesRead: 0 });
    await engine.close();
  });

  it('in which a range begins and ends are read', async () => {
    const engine = await filled();
    const range = { startMs: startMs + 30 * minuteMs, endMs: startMs + 8 * hourMs + minuteMs };
    const found = await windowsOf(engine, hours, range);
    expect(found.windows).toEqual(expectedOf(points, hours, range.startMs, range.endMs));
    // A page has five hours.
    expect(found).toMatchObject({ pagesRead: 2, spansSummarized: 0 });
    const whole = { startMs: startMs + 3 * hourMs, endMs: startMs + 8 * hourMs };
    const told = await windowsOf(engine, hours, whole);
    expect(told.windows).toEqual(expectedOf(points, hours, whole.startMs, whole.endMs));
    expect(told).toMatchObject({ pagesRead: 0, spansSummarized: 5 });
    const late = { startMs: startMs + 30 * minuteMs };
    expect(await windowsOf(engine, hours, late)).toMatchObject({
      windows: expectedOf(points, hours, late.startMs),
      pagesRead: 1,
      spansSummarized: 9,
    });
    await engine.close();
  });

  it('that windows part are read', async () => {
    const engine = await filled();
    const cuts = everyMs(90 * minuteMs, 10);
    const found = await windowsOf(engine, cuts);
    expect(found).toMatchObject({ windows: expectedOf(points, cuts), spansSummarized: 0, pagesRead: 3 });
    await engine.close();
  });

  it('of which something was deleted, or came late, are read', async () => {
    const engine = await filled();
    const left = new Map(points);
    const gone = { startMs: startMs + 6 * hourMs + minuteMs, endMs: startMs + 6 * hourMs + 2 * minuteMs };
    engine.apply(engine.appliedIndex + 1, encodeDeleteRange({ patterns: ['root.**.a'], ...gone }));
    for (const time of points.keys()) if (time >= gone.startMs && time < gone.endMs) left.delete(time);
    const deleted = await windowsOf(engine, hours);
    expect(deleted).toMatchObject({ windows: expectedOf(left, hours), pagesRead: 1, spansSummarized: 9 });
    const lateMs = startMs + 12 * hourMs + 1;
    writeBulk(engine, device, ['a'], { startMs: lateMs, count: 10, value: () => -5 });
    for (let i = 0; i < 10; i++) left.set(lateMs + i, -5);
    await engine.flush();
    const late = await windowsOf(engine, hours);
    expect(late.windows).toEqual(expectedOf(left, hours));
    await engine.compact();
    expect((await windowsOf(engine, hours)).windows).toEqual(expectedOf(left, hours));
    await engine.close();
  });
});

it('whatever is written, late, again, or deleted, spans say what the points say', async () => {
  const writes = fc.record({
    fromRow: fc.nat(6000),
    count: fc.integer({ min: 1, max: 3000 }),
    offsetMs: fc.constantFrom(0, 0, 1, 1234),
    isFlushed: fc.boolean(),
    deletes: fc.option(fc.tuple(fc.nat(8000), fc.integer({ min: 1, max: 400 }))),
  });
  const shape = fc.record({
    stepMs: fc.constantFrom(100, 1000, 5000, 20_000, 60_000),
    isAligned: fc.boolean(),
    windowRows: fc.constantFrom(7, 360, 720, 1440, 17_280),
    range: fc.tuple(fc.nat(9000), fc.nat(9000)),
  });
  await fc.assert(
    fc.asyncProperty(shape, fc.array(writes, { minLength: 1, maxLength: 4 }), async (given, commands) => {
      const { stepMs, isAligned, windowRows, range } = given;
      const engine = await openOn();
      const dataTypes = [DataType.INT32, DataType.INT32];
      engine.apply(1, encodeCreateSeries({ device, isAligned, measurements: ['a', 'b'], dataTypes }));
      const points = new Map<number, number>();
      for (const [round, { fromRow, count, offsetMs, isFlushed, deletes }] of commands.entries()) {
        const value = (timeMs: number): number => ((timeMs - startMs) % 997) * (round + 1);
        const from = startMs + fromRow * stepMs + offsetMs;
        writeBulk(engine, device, ['a'], { startMs: from, stepMs, count, value });
        writeBulk(engine, device, ['b'], { startMs: from + stepMs, stepMs: 2 * stepMs, count, value });
        for (let i = 0; i < count; i++) points.set(from + i * stepMs, value(from + i * stepMs));
        if (isFlushed) await engine.flush();
        if (deletes === null) continue;
        const gone = { startMs: startMs + deletes[0] * stepMs, endMs: startMs + (deletes[0] + deletes[1]) * stepMs };
        engine.apply(engine.appliedIndex + 1, encodeDeleteRange({ patterns: ['root.**.a'], ...gone }));
        for (const time of points.keys()) if (time >= gone.startMs && time < gone.endMs) points.delete(time);
      }
      const cuts = everyMs(windowRows * stepMs, Math.ceil(10_000 / windowRows));
      const [low, high] = [Math.min(...range), Math.max(...range) + 1];
      const span = { startMs: startMs + low * stepMs, endMs: startMs + high * stepMs };
      const check = async (): Promise<void> => {
        expect((await windowsOf(engine, cuts)).windows).toEqual(expectedOf(points, cuts));
        const ofRange = await windowsOf(engine, cuts, span);
        expect(ofRange.windows).toEqual(expectedOf(points, cuts, span.startMs, span.endMs));
      };
      await check();
      await engine.flush();
      await engine.compact();
      await check();
      await engine.close();
    }),
    { numRuns: 25 },
  );
});
