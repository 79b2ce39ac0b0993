// What the storage engine costs. Not a test; after a build: node packages/engine/dist/storage/testing/measure-storage.js
//
// Prints how fast tablets of 100 rows of 10 series are taken in, flushes included; how long it takes to open the result; how fast
// it is read, merged and told by statistics; and what a million series take. Times are the processor's, unless it says otherwise:
// others may use the machine. `--points <millions>` (10 by default, at most 100), `--folder <path>` (a new one, in the system's).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DataType, encodeInsertTablet } from '@balsa/wire';
import { encodeCreateSeries } from '../../data-command.ts';
import { openNodeFolder } from '../folder/node-folder.ts';
import type { GivenOptions } from '../options.ts';
import { StorageEngine } from '../storage-engine.ts';

const { values: given } = parseArgs({ options: { points: { type: 'string' }, folder: { type: 'string' } } });
const pointsWanted = Math.min(100, Math.max(1, Number(given.points ?? 10))) * 1_000_000;
const deviceCount = 100;
const measurements = Array.from({ length: 10 }, (_, i) => `s${i}`);
const dataTypes = measurements.map(() => DataType.DOUBLE);
const rowsPerTablet = 100;
const pointsToSingleSeries = 100_000;

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Milliseconds of the processor. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const devicePath = (device: number): string => `root.plant.d${device}`;

/** A gauge of two digits, as sensors give them. */
function commandAt(device: number, row: number): Buffer {
  const timestamps = Float64Array.from({ length: rowsPerTablet }, (_, i) => (row + i) * 1000);
  const columns = measurements.map((_, s) => ({
    values: Float64Array.from(
      { length: rowsPerTablet },
      (__, i) => Math.round(2000 + 500 * Math.sin((row + i) / (20 + s))) / 100,
    ),
  }));
  return encodeInsertTablet({ device: devicePath(device), measurements, dataTypes, timestamps, columns });
}

/** Applies commands as an applier does, which waits where it is asked to. */
async function applyAll(engine: StorageEngine, commands: Iterable<Buffer>): Promise<{ ms: number; wallMs: number }> {
  let encodingMs = 0;
  const start = cpuMs();
  const wallStart = performance.now();
  let last = start;
  for (const command of commands) {
    const encoded = cpuMs();
    encodingMs += encoded - last;
    engine.apply(engine.appliedIndex + 1, command);
    const pressure = engine.pressure();
    if (pressure !== undefined) await pressure;
    // The event loop is others' as well: an applier takes a few commands in a turn.
    if (engine.appliedIndex % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    last = cpuMs();
  }
  await engine.flush();
  return { ms: cpuMs() - start - encodingMs, wallMs: performance.now() - wallStart };
}

function* inOrder(rows: number): Generator<Buffer> {
  for (let row = 0; row < rows; row += rowsPerTablet) {
    for (let device = 0; device < deviceCount; device++) yield commandAt(device, row);
  }
}

const perSecond = (count: number, ms: number): string => `${(count / 1000 / ms).toFixed(2)} million/s`;

async function measureIngest(path: string): Promise<void> {
  const engine = await StorageEngine.open(await openNodeFolder(path), {
    compaction: { mergeFiles: 1000, lateFilesMax: 1000 },
  });
  const rows = pointsWanted / deviceCount / measurements.length;
  const { ms, wallMs } = await applyAll(engine, inOrder(rows));
  const { files, fileBytes } = engine.statistics();
  print(
    `taken in, with flushes: ${perSecond(pointsWanted, ms)} points (wall clock, encoding of the commands included: ${perSecond(pointsWanted, wallMs)})`,
  );
  print(`${files} files, ${(fileBytes / pointsWanted).toFixed(3)} bytes a point`);
  await engine.close();
}

async function opened(path: string, options: GivenOptions = {}): Promise<StorageEngine> {
  const start = cpuMs();
  const wallStart = performance.now();
  const engine = await StorageEngine.open(await openNodeFolder(path), options);
  print(
    `opened: ${(cpuMs() - start).toFixed(0)} ms (${(performance.now() - wallStart).toFixed(0)} ms by the wall clock)`,
  );
  return engine;
}

async function timed(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const start = cpuMs();
  await work();
  const ms = cpuMs() - start;
  print(`${name}: ${ms.toFixed(0)} ms${count === 0 ? '' : `, ${perSecond(count, ms)}`}`);
}

/** Notes how long turns of the event loop take, by the wall clock, until it is asked. */
function watchTurns(): () => string {
  const turns: number[] = [];
  let isWatching = true;
  let last = performance.now();
  const next = (): void => {
    const now = performance.now();
    turns.push(now - last);
    last = now;
    if (isWatching) setImmediate(next);
  };
  setImmediate(next);
  return () => {
    isWatching = false;
    turns.sort((a, b) => a - b);
    const at = (share: number): string => `${turns[Math.floor(share * (turns.length - 1))]!.toFixed(1)} ms`;
    return `${at(0.5)} in the middle, ${at(0.99)} at the 99th percentile, ${at(1)} at most`;
  };
}

async function scanAll(engine: StorageEngine): Promise<void> {
  for (let device = 0; device < deviceCount; device++) {
    for await (const { times } of engine.scan({ device: devicePath(device), measurements })) void times;
  }
}

async function measureReads(path: string): Promise<void> {
  let engine = await opened(path, { compaction: { mergeFiles: 1000, lateFilesMax: 1000 } });
  await timed('scanned, 10 series side by side', pointsWanted, () => scanAll(engine));
  await timed('checksum', pointsWanted, async () => void (await engine.checksum()));
  const before = { ...engine.reads };
  await timed('counted by statistics', pointsWanted, async () => {
    let count = 0;
    for (let device = 0; device < deviceCount; device++) {
      for (const measurement of measurements) {
        for await (const piece of engine.pieces({ device: devicePath(device), measurement })) {
          count += piece.kind === 'summary' ? piece.count : piece.times.length;
        }
      }
    }
    if (count !== pointsWanted) throw new Error(`${count} points were counted`);
  });
  print(
    `pages read for that: ${engine.reads.pagesRead - before.pagesRead}, chunks told: ${engine.reads.chunksSummarized - before.chunksSummarized}`,
  );
  await timed('last points of all series', 0, async () => {
    for (let device = 0; device < deviceCount; device++) {
      await engine.last(devicePath(device), measurements);
    }
  });
  await engine.close();
  engine = await StorageEngine.open(await openNodeFolder(path), {
    compaction: { mergeFiles: 2, bytesPerSecondMax: Number.POSITIVE_INFINITY },
  });
  const turns = watchTurns();
  await timed('compacted', pointsWanted, () => engine.compact());
  print(`meanwhile, a turn of the event loop took ${turns()}`);
  print(
    `${engine.statistics().files} files, ${(engine.statistics().fileBytes / pointsWanted).toFixed(3)} bytes a point`,
  );
  await timed('scanned again', pointsWanted, () => scanAll(engine));
  await engine.close();
}

async function measureSeries(path: string): Promise<void> {
  const count = 1_000_000;
  const perDevice = 10;
  const engine = await StorageEngine.open(await openNodeFolder(path));
  const memoryOf = (): number => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const memoryBefore = memoryOf();
  await timed('a million series made', count, async () => {
    for (let device = 0; device < count / perDevice; device++) {
      const command = encodeCreateSeries({
        device: `root.fleet.g${device % 100}.d${device}`,
        isAligned: false,
        measurements,
        dataTypes,
      });
      engine.apply(engine.appliedIndex + 1, command);
    }
    await engine.flush();
  });
  print(
    `memory: ${((memoryOf() - memoryBefore) / count).toFixed(0)} bytes a series${globalThis.gc ? '' : ' (run with --expose-gc for a true figure)'}`,
  );
  await timed('all of them listed', count, async () => {
    let listed = 0;
    for (const series of engine.match(['root.**'])) listed += series.measurement.length > 0 ? 1 : 0;
    if (listed !== count) throw new Error(`${listed} series were listed`);
  });
  await timed('one in ten of a group, by a pattern', 0, async () => void [...engine.match(['root.fleet.g7.*.s3'])]);
  let written = 0;
  const points = function* (): Generator<Buffer> {
    for (let device = 0; device < pointsToSingleSeries / perDevice; device++) {
      yield encodeInsertTablet({
        device: `root.fleet.g${device % 100}.d${device}`,
        measurements,
        dataTypes,
        timestamps: Float64Array.of(1000),
        columns: measurements.map((_, s) => ({ values: Float64Array.of(s) })),
      });
      written += perDevice;
    }
  };
  const { ms } = await applyAll(engine, points());
  print(`one point to each of ${pointsToSingleSeries}, with flushes: ${ms.toFixed(0)} ms, ${perSecond(written, ms)}`);
  await engine.close();
  await (await opened(path)).close();
}

const folder = given.folder ?? (await mkdtemp(join(tmpdir(), 'balsa-storage-')));
try {
  await measureIngest(join(folder, 'points'));
  await measureReads(join(folder, 'points'));
  await measureSeries(join(folder, 'series'));
} finally {
  if (given.folder === undefined) await rm(folder, { recursive: true });
}
