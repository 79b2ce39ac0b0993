import { DataType, type Tablet } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { chunkPointsMax } from './chunk.ts';
import { defaultStoreLimits } from './limits.ts';
import { Series } from './series.ts';
import { SeriesDirectory } from './series-directory.ts';
import { SeriesStore } from './series-store.ts';
import { chunkBytesMax, recordBytesMax } from './snapshot/format.ts';
import { RecordWriter } from './snapshot/record-writer.ts';
import { storeRecords, storeSnapshotFormat } from './store-snapshot.ts';
import { insertTablet } from './tablet-insert.ts';
import type { NaiveStore } from './testing/naive-store.ts';
import { bytesOf, inPieces, pieceSizes } from './testing/snapshots.ts';
import { applyAll, naiveOf, rowsOf } from './testing/stores.ts';
import { histories, tabletOf } from './testing/tablets.ts';

/** Tablets that fill chunks, cross them and overwrite, so that a snapshot has several chunks itself. */
const longTablets: fc.Arbitrary<Tablet> = fc
  .record({
    device: fc.constantFrom('root.a.d1', 'root.a.d2'),
    type: fc.constantFrom(DataType.DOUBLE, DataType.INT64, DataType.TEXT),
    start: fc.integer({ min: -20_000, max: 20_000 }),
    step: fc.integer({ min: 1, max: 9 }),
    count: fc.integer({ min: 1, max: 2 * chunkPointsMax }),
    stamp: fc.nat(1000),
  })
  .map(({ device, type, start, step, count, stamp }) =>
    tabletOf(
      device,
      `s${type}`,
      type,
      Array.from({ length: count }, (_, i) => [start + i * step, stamp + i]),
    ),
  );
const longHistories = fc.array(longTablets, { maxLength: 8 });

function storeOf(all: readonly Tablet[]): SeriesStore {
  const store = new SeriesStore();
  applyAll(store, all);
  return store;
}

/** Everything that can be seen of a store is what the model says. */
function expectContent(store: SeriesStore, naive: NaiveStore, appliedIndex: number): void {
  const series = [...naive.devices.values()].flatMap((device) => [...device.values()]);
  expect(store.statistics()).toMatchObject({
    devices: naive.devices.size,
    series: series.length,
    points: series.reduce((sum, { points }) => sum + points.size, 0),
    rowsApplied: naive.rowsApplied,
    appliedIndex,
  });
  const everything = { startMs: -1e6, endMs: 1e6, limit: 100_000 };
  for (const [device, members] of naive.devices) {
    const measurements = [...members.keys()];
    const { startMs, endMs, limit } = everything;
    const rows = rowsOf(store.range({ device, measurements, ...everything }));
    expect(rows).toEqual(naive.range(device, measurements, startMs, endMs, limit));
  }
}

/** Two stores that nobody could tell apart, now or later. */
function expectEqual(one: SeriesStore, other: SeriesStore): void {
  expect(one.statistics()).toEqual(other.statistics());
  expect(one.billedBytes).toBe(other.billedBytes);
  expect(bytesOf(one.snapshot()).equals(bytesOf(other.snapshot()))).toBe(true);
}

function expectSameAnswers(one: SeriesStore, other: SeriesStore, all: readonly Tablet[]): void {
  const nextIndex = one.statistics().appliedIndex + 1;
  expect(applyAll(one, all, nextIndex)).toEqual(applyAll(other, all, nextIndex));
  expectEqual(one, other);
}

describe('a snapshot of a SeriesStore', () => {
  it('holds the state of its moment, whatever is applied while it is written', async () => {
    await fc.assert(
      fc.asyncProperty(histories, histories, fc.array(fc.nat(4)), pieceSizes, async (before, during, steps, sizes) => {
        // Record by record: in one chunk there are many.
        const directory = new SeriesDirectory();
        for (const tablet of before) insertTablet(directory, defaultStoreLimits, tablet);
        const capture = directory.capture();
        const progress = { appliedIndex: before.length, rowsApplied: naiveOf(before).rowsApplied };
        const out = new RecordWriter(storeSnapshotFormat);
        const records = storeRecords(out, capture, progress, defaultStoreLimits);
        for (const [i, tablet] of during.entries()) {
          for (let left = steps[i] ?? 0; left > 0; left--) records.next();
          insertTablet(directory, defaultStoreLimits, tablet);
        }
        while (!records.next().done);
        out.finish();
        const restored = new SeriesStore();
        await restored.restore(inPieces(out.take(), sizes));
        expectContent(restored, naiveOf(before), before.length);
        expectEqual(restored, storeOf(before));
      }),
      { numRuns: 300 },
    );
  });

  it('is written chunk by chunk while longer series are appended to, overwritten and split', async () => {
    await fc.assert(
      fc.asyncProperty(
        longHistories,
        longHistories,
        fc.array(fc.nat(2)),
        pieceSizes,
        async (before, during, steps, sizes) => {
          const store = storeOf(before);
          const snapshot = store.snapshot();
          const chunks: Uint8Array[] = [];
          for (const [i, tablet] of during.entries()) {
            for (let left = steps[i] ?? 1; left > 0; left--) chunks.push(...take(snapshot, 1));
            applyAll(store, [tablet], store.statistics().appliedIndex + 1);
          }
          chunks.push(...snapshot);
          const restored = new SeriesStore();
          await restored.restore(inPieces(Buffer.concat(chunks), sizes));
          expectContent(restored, naiveOf(before), before.length);
          expectEqual(restored, storeOf(before));
          expectContent(store, naiveOf([...before, ...during]), before.length + during.length);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('makes of any store what the other is: the same commands have the same answers on both', async () => {
    await fc.assert(
      fc.asyncProperty(histories, histories, histories, pieceSizes, async (all, earlier, later, sizes) => {
        const source = storeOf(all);
        const bytes = bytesOf(source.snapshot());
        for (const target of [new SeriesStore(), storeOf(earlier)]) {
          target.checksum();
          await target.restore(inPieces(bytes, sizes));
          expectEqual(target, source);
          expectSameAnswers(target, storeOf(all), later);
        }
      }),
    );
  });

  it('does so for longer series, and again and again', async () => {
    await fc.assert(
      fc.asyncProperty(longHistories, longHistories, longHistories, async (first, second, third) => {
        const source = storeOf(first);
        const follower = new SeriesStore();
        for (const all of [second, third]) {
          await follower.restore(inPieces(bytesOf(source.snapshot())));
          expectSameAnswers(follower, source, all);
        }
        expectContent(follower, naiveOf([...first, ...second, ...third]), first.length + second.length + third.length);
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('takes another snapshot than one that is under way', () => {
    const store = storeOf([tabletOf('root.d', 's', DataType.INT32, [[1, 1]])]);
    const first = store.snapshot();
    applyAll(store, [tabletOf('root.d', 's', DataType.INT32, [[1, 2]])], 2);
    const second = store.snapshot();
    applyAll(store, [tabletOf('root.d', 's', DataType.INT32, [[1, 3]])], 3);
    const [one, two] = [bytesOf(first), bytesOf(second)];
    const history = [1, 2].map((value) => tabletOf('root.d', 's', DataType.INT32, [[1, value]]));
    expect(one.equals(bytesOf(storeOf(history.slice(0, 1)).snapshot()))).toBe(true);
    expect(two.equals(bytesOf(storeOf(history).snapshot()))).toBe(true);
  });

  it('goes on with the old state when its store is restored in the meantime', async () => {
    const store = storeOf([tabletOf('root.d', 's', DataType.TEXT, [[1, 'old']])]);
    const expected = bytesOf(store.snapshot());
    const snapshot = store.snapshot();
    await store.restore(inPieces(bytesOf(new SeriesStore().snapshot())));
    applyAll(store, [tabletOf('root.d', 's', DataType.TEXT, [[1, 'new']])]);
    expect(bytesOf(snapshot).equals(expected)).toBe(true);
  });

  it('looks at a series when it comes to it or when it is first written to, until it is let go', () => {
    const tablet = tabletOf('root.d', 's', DataType.INT32, [[1, 1]]);
    const store = storeOf([tablet, tabletOf('root.d', 't', DataType.INT32, [[1, 1]])]);
    const capture = vi.spyOn(Series.prototype, 'capture');
    try {
      const snapshot = store.snapshot();
      expect(capture).toHaveBeenCalledTimes(0);
      applyAll(store, [tablet, tablet, tabletOf('root.d', 'u', DataType.INT32, [[1, 1]])], 3);
      expect(capture).toHaveBeenCalledTimes(1);
      snapshot.return?.();
      expect(snapshot.next()).toEqual({ done: true, value: undefined });
      applyAll(store, [tabletOf('root.d', 't', DataType.INT32, [[1, 2]])], 6);
      expect(capture).toHaveBeenCalledTimes(1);
      const whole = store.snapshot();
      expect([...whole]).toHaveLength(1);
      expect(capture).toHaveBeenCalledTimes(4);
      applyAll(store, [tablet], 7);
      expect(capture).toHaveBeenCalledTimes(4);
    } finally {
      capture.mockRestore();
    }
  });

  it('does not look again at a series that has been written', () => {
    const directory = new SeriesDirectory();
    const insert = (measurement: string, value: number) =>
      insertTablet(directory, defaultStoreLimits, tabletOf('root.d', measurement, DataType.INT32, [[1, value]]));
    insert('s', 1);
    insert('t', 1);
    const taken = directory.capture().takeSeries();
    expect(taken.next().value).toMatchObject({ measurement: 's' });
    const capture = vi.spyOn(Series.prototype, 'capture');
    try {
      insert('s', 2);
      expect(capture).toHaveBeenCalledTimes(0);
      insert('t', 2);
      expect(capture).toHaveBeenCalledTimes(1);
    } finally {
      capture.mockRestore();
    }
  });

  it('has chunks of bounded size', async () => {
    const longText = 'ä'.repeat(512 * 1024);
    const shortTexts = Array.from({ length: 5000 }, (_, i): [number, string] => [i, 'ab€'.repeat(i % 60)]);
    const numbers = Array.from({ length: 100_000 }, (_, i): [number, number] => [i, i]);
    const store = storeOf([
      tabletOf('root.d', 's', DataType.DOUBLE, numbers),
      tabletOf('root.d', 't', DataType.TEXT, shortTexts),
    ]);
    const sizes = [...store.snapshot()].map((chunk) => chunk.length);
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(chunkBytesMax);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(chunkBytesMax / 2);

    applyAll(
      store,
      [
        tabletOf('root.d', 'u', DataType.TEXT, [
          [1, longText],
          [2, 'x'],
          [3, longText],
        ]),
      ],
      3,
    );
    const chunks = [...store.snapshot()];
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(chunkBytesMax + recordBytesMax);
    const restored = new SeriesStore();
    await restored.restore(inPieces(Buffer.concat(chunks), [30_000]));
    expectEqual(restored, store);
  });

  it('lets others have their turn while a large one is restored', async () => {
    const numbers = Array.from({ length: 200_000 }, (_, i): [number, number] => [i, i]);
    const bytes = bytesOf(storeOf([tabletOf('root.d', 's', DataType.DOUBLE, numbers)]).snapshot());
    let turns = 0;
    let beat = setImmediate(function turn() {
      turns++;
      beat = setImmediate(turn);
    });
    await new SeriesStore().restore(inPieces(bytes));
    clearImmediate(beat);
    expect(turns).toBeGreaterThan(1);
  });

  it('needs limits that allow for it, and says what they were where it was written', async () => {
    const store = new SeriesStore({ memoryBytesMax: 10_000, seriesMax: Number.POSITIVE_INFINITY });
    applyAll(store, [
      tabletOf('root.d', 's', DataType.INT32, [[1, 1]]),
      tabletOf('root.d', 't', DataType.INT32, [[1, 1]]),
    ]);
    const bytes = bytesOf(store.snapshot());
    for (const limits of [{ memoryBytesMax: store.billedBytes - 1 }, { seriesMax: 1 }]) {
      const target = new SeriesStore(limits);
      await expect(target.restore(inPieces(bytes))).rejects.toMatchObject({
        code: 'SNAPSHOT_OVER_LIMITS',
        message: expect.stringContaining(`${Number.MAX_SAFE_INTEGER} and 10000`),
      });
      expectEqual(target, new SeriesStore(limits));
    }
    const exact = new SeriesStore({ memoryBytesMax: store.billedBytes, seriesMax: 2 });
    await exact.restore(inPieces(bytes));
    expect(exact.statistics()).toEqual(store.statistics());
  });
});

function take(iterator: Iterator<Uint8Array>, count: number): Uint8Array[] {
  const taken: Uint8Array[] = [];
  while (taken.length < count) {
    const { done, value } = iterator.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
