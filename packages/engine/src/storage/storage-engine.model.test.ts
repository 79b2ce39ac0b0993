// Histories of commands, with flushes, compactions, starts and power failures between any two steps, against a naive map.

import { DataType, isNull } from '@balsa/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { devices, measurements, tablets } from '../testing/tablets.ts';
import { MemoryFolder } from './folder/memory-folder.ts';
import type { GivenOptions } from './options.ts';
import type { StorageEngine } from './storage-engine.ts';
import { openForLogOn, openOn, replay } from './testing/harness.ts';
import { type Command, type Content, encodeCommand, naiveContent } from './testing/naive-log.ts';
import { inOneChunk, install, type TakenSnapshot, takeSnapshot } from './testing/snapshots.ts';

type Step =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'flush' | 'seal' | 'compact' | 'restart' | 'look' | 'snapshot' }
  /** The power fails after so many more operations of the disk. */
  | { readonly kind: 'crash'; readonly operations: number }
  /** The disk refuses one operation. */
  | {
      readonly kind: 'fault';
      readonly operation: 'create' | 'write' | 'finish' | 'rename' | 'sync' | 'remove';
      readonly skip: number;
    };

const patterns = fc.constantFrom(
  'root.**',
  'root.a.**',
  'root.*.d1.s1',
  'root.a.d*.*',
  'root.b.d1.s2',
  'root.a.d1.s1',
  'root.a.d2.s*',
);
const somePatterns = fc.array(patterns, { minLength: 1, maxLength: 2 });
const times = fc.integer({ min: -40, max: 70 });
const types = fc.constantFrom(DataType.INT32, DataType.DOUBLE, DataType.TEXT, DataType.BOOLEAN, DataType.INT64);

const created: fc.Arbitrary<Command> = fc
  .record({
    device: fc.constantFrom(...devices),
    isAligned: fc.boolean(),
    measurements: fc.uniqueArray(fc.constantFrom(...measurements), { maxLength: 3 }),
    types: fc.array(types, { minLength: 3, maxLength: 3 }),
  })
  .map(({ types: drawn, ...series }) => ({
    kind: 'create',
    series: { ...series, dataTypes: series.measurements.map((_, i) => drawn[i]!) },
  }));

const rulePaths = fc.constantFrom('root.**', 'root.a', 'root.a.**', 'root.a.d1', 'root.a.d1.**', 'root.b.d1');

const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: tablets.map((tablet): Command => ({ kind: 'insert', tablet })) },
  {
    weight: 3,
    arbitrary: fc.record({ patterns: somePatterns, startMs: times, length: fc.integer({ min: 1, max: 40 }) }).map(
      ({ startMs, length, ...rest }): Command => ({
        kind: 'deleteRange',
        range: { ...rest, startMs, endMs: startMs + length },
      }),
    ),
  },
  { weight: 1, arbitrary: somePatterns.map((it): Command => ({ kind: 'deleteSeries', patterns: it })) },
  { weight: 2, arbitrary: created },
  {
    weight: 1,
    arbitrary: fc
      .record({
        path: rulePaths,
        ttlMs: fc.integer({ min: 1, max: 60 }),
      })
      .map((rule): Command => ({ kind: 'setTtl', rule })),
  },
  {
    weight: 1,
    arbitrary: rulePaths.map((path): Command => ({ kind: 'unsetTtl', path })),
  },
  { weight: 1, arbitrary: times.map((nowMs): Command => ({ kind: 'clock', nowMs })) },
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 14, arbitrary: commands.map((command): Step => ({ kind: 'command', command })) },
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'flush' }) },
    { weight: 4, arbitrary: fc.constant<Step>({ kind: 'seal' }) },
    { weight: 2, arbitrary: fc.constant<Step>({ kind: 'compact' }) },
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'restart' }) },
    { weight: 2, arbitrary: fc.constant<Step>({ kind: 'look' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'snapshot' }) },
    { weight: 1, arbitrary: fc.nat(25).map((operations): Step => ({ kind: 'crash', operations })) },
    {
      weight: 1,
      arbitrary: fc
        .record({
          operation: fc.constantFrom(
            'create' as const,
            'write' as const,
            'finish' as const,
            'rename' as const,
            'sync' as const,
            'remove' as const,
          ),
          skip: fc.nat(4),
        })
        .map((it): Step => ({ kind: 'fault', ...it })),
    },
  ),
  { maxLength: 30 },
);

const options: fc.Arbitrary<GivenOptions> = fc.record({
  memtableBytes: fc.constantFrom(1500, 4000, 1 << 20),
  memoryBytesMax: fc.constant(1 << 22),
  compaction: fc.record({
    lateFilesMax: fc.integer({ min: 1, max: 3 }),
    mergeFiles: fc.integer({ min: 2, max: 4 }),
    fileBytesMax: fc.constantFrom(1500, 1 << 20),
    bytesPerSecondMax: fc.constant(Number.POSITIVE_INFINITY),
    tombstonesMax: fc.integer({ min: 1, max: 3 }),
  }),
});

async function contentOf(engine: StorageEngine): Promise<Content> {
  const content: Content = new Map();
  for (const { device, measurement, dataType } of [...engine.match(['root.**'])]) {
    const points: [number, number | bigint | string | Uint8Array][] = [];
    for await (const { times: found, columns } of engine.scan({ device, measurements: [measurement] })) {
      for (const [row, time] of found.entries()) points.push([time, columns[0]!.values[row]!]);
    }
    content.set(`${device}.${measurement}`, { type: dataType, points });
  }
  return content;
}

/** Every way to read shows the same. */
async function expectContent(engine: StorageEngine, commandsSoFar: readonly Command[]): Promise<void> {
  const expected = naiveContent(commandsSoFar);
  expect(sorted(await contentOf(engine))).toEqual(sorted(expected));
  for (const device of devices) {
    const own = [...engine.match([`${device}.*`])].map(({ measurement }) => measurement);
    if (own.length === 0) continue;
    const rows: unknown[] = [];
    for await (const { times: found, columns } of engine.scan({
      device,
      measurements: own,
      startMs: -20,
      endMs: 50,
      descending: true,
    })) {
      for (const [row, time] of found.entries()) {
        rows.push([time, ...columns.map((it) => (isNull(it, row) ? undefined : it.values[row]))]);
      }
    }
    const series = own.map((it) => new Map(expected.get(`${device}.${it}`)!.points));
    const wanted = [...new Set(series.flatMap((it) => [...it.keys()]))].filter((time) => time >= -20 && time < 50);
    expect(rows).toEqual(wanted.sort((a, b) => b - a).map((time) => [time, ...series.map((it) => it.get(time))]));
    for (const measurement of own) {
      const { points, type } = expected.get(`${device}.${measurement}`)!;
      const last = points.at(-1);
      expect(await engine.last(device, [measurement])).toEqual([last && { timeMs: last[0], value: last[1] }]);
      let count = 0;
      let sum = 0;
      for await (const piece of engine.pieces({ device, measurement, cuts: [0, 20] })) {
        count += piece.kind === 'summary' ? piece.count : piece.times.length;
        if (type !== DataType.INT32) continue;
        sum += piece.kind === 'summary' ? piece.sum! : (piece.column.values as Int32Array).reduce((a, b) => a + b, 0);
      }
      expect(count).toBe(points.length);
      if (type === DataType.INT32) expect(sum).toBe(points.reduce((total, [, value]) => total + Number(value), 0));
    }
  }
}

function sorted(content: Content): unknown {
  return [...content].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `isHosted`: starts from the snapshot that was kept last, as in a group of replicas, and not from its own manifest. */
async function run(all: readonly Step[], given: GivenOptions, isHosted: boolean, seed: number): Promise<void> {
  let folder = new MemoryFolder({ seed });
  let crashes = 0;
  const done: Command[] = [];
  const log: Buffer[] = [];
  let kept: TakenSnapshot | undefined;
  const open = async (): Promise<StorageEngine> => {
    if (!isHosted) return openOn(folder, given);
    const opened = await openForLogOn(folder, given);
    if (kept === undefined) return opened;
    kept = { ...kept, held: await opened.files.hold(kept.content) };
    await opened.restore(inOneChunk(kept.content));
    return opened;
  };
  let engine = await open();
  const restart = async (): Promise<void> => {
    try {
      await startAgain();
    } catch (error) {
      // What the engine does by itself may have met the power failure.
      if (!folder.hasCrashed) throw error;
      await startAgain();
    }
  };
  const startAgain = async (): Promise<void> => {
    await engine.close();
    expect(folder.openFiles).toBe(0);
    if (folder.hasCrashed) folder = folder.crash(seed % 3 === crashes++ % 3 ? 'process' : 'power');
    folder.failNothing();
    engine = await open();
    await expectContent(engine, done.slice(0, engine.appliedIndex));
    replay(engine, log);
  };
  /** What the disk refuses is not the engine's fault; what it must then show is looked at afterwards. */
  const tolerate = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if ((error as { code?: string }).code !== 'STORAGE_FAILED' && !folder.hasCrashed) throw error;
    }
  };
  for (const step of all) {
    switch (step.kind) {
      case 'command':
        done.push(step.command);
        log.push(encodeCommand(step.command));
        engine.apply(log.length, log.at(-1)!);
        break;
      case 'flush':
        await tolerate(() => engine.flush());
        break;
      case 'seal':
        void engine.flush().catch(() => undefined);
        break;
      case 'compact':
        if (!folder.hasCrashed) await tolerate(() => engine.compact());
        break;
      case 'restart':
        await restart();
        break;
      case 'look':
        if (!folder.hasCrashed) await tolerate(() => expectContent(engine, done));
        break;
      case 'snapshot':
        await tolerate(async () => {
          const { appliedIndex } = engine;
          const snapshot = await takeSnapshot(engine);
          const other = await openOn(new MemoryFolder());
          await install(other, snapshot);
          await expectContent(other, done.slice(0, appliedIndex));
          await other.close();
          if (!isHosted || folder.hasCrashed) {
            snapshot.held.release();
            return;
          }
          kept?.held.release();
          kept = snapshot;
        });
        break;
      case 'crash':
        folder.crashAfter(step.operations);
        break;
      case 'fault':
        folder.failNext(step.operation, 'EIO', step.skip);
        break;
    }
    if (folder.hasCrashed) await restart();
  }
  // A power failure that has not come yet does not come any more.
  folder.crashAfter(Number.POSITIVE_INFINITY);
  await restart();
  await expectContent(engine, done);
  const other = await openOn();
  replay(other, log);
  expect(await other.checksum()).toBe(await engine.checksum());
  await other.close();
  // Nothing is left that nobody needs.
  kept?.held.release();
  await engine.flush();
  await engine.compact();
  const { files } = engine.statistics();
  await engine.close();
  expect(folder.names.filter((name) => name.endsWith('.tsfile'))).toHaveLength(files);
}

it('shows what a naive map shows, through flushes, compactions, faults and power failures', async () => {
  await fc.assert(fc.asyncProperty(steps, options, fc.boolean(), fc.nat(), run), {
    numRuns: 400,
  });
}, 120_000);
