import { DataType, encodeInsertTablet, StatusCode, type Tablet } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkPointsMax } from './chunk.ts';
import { type DeleteRange, encodeCreateSeries, encodeDeleteRange, encodeDeleteSeries } from './data-command.ts';
import { SeriesStore } from './series-store.ts';
import { takes } from './testing/naive-schema.ts';
import { NaiveStore, type Value } from './testing/naive-store.ts';
import { bytesOf, inPieces } from './testing/snapshots.ts';
import { apply, rowsOf } from './testing/stores.ts';
import { devices, measurements, tabletOf, tablets } from './testing/tablets.ts';

type Step =
  | { readonly kind: 'insert'; readonly tablet: Tablet }
  | ({ readonly kind: 'deleteRange' } & DeleteRange)
  | { readonly kind: 'deleteSeries'; readonly patterns: readonly string[] };

const patterns = fc.array(
  fc.constantFrom(
    'root.**',
    'root.a.**',
    'root.*.d1.*',
    'root.a.d1.s1',
    'root.**.s2',
    'root.a.d2.s*',
    'root.nowhere.s',
  ),
  { minLength: 1, maxLength: 2 },
);
const times = fc.integer({ min: -40, max: 70 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: tablets.map((tablet) => ({ kind: 'insert' as const, tablet })) },
  {
    weight: 2,
    arbitrary: fc
      .record({
        patterns,
        start: fc.oneof(times, fc.constant(Number.NEGATIVE_INFINITY)),
        span: fc.integer({ min: 1, max: 50 }),
      })
      .map(({ patterns: some, start, span }) => ({
        kind: 'deleteRange' as const,
        patterns: some,
        startMs: start,
        endMs: Number.isFinite(start) ? start + span : span,
      })),
  },
  { weight: 1, arbitrary: patterns.map((some) => ({ kind: 'deleteSeries' as const, patterns: some })) },
);
const histories = fc.array(steps, { maxLength: 25 });

function encode(step: Step): Buffer {
  switch (step.kind) {
    case 'insert':
      return encodeInsertTablet(step.tablet);
    case 'deleteRange':
      return encodeDeleteRange(step);
    case 'deleteSeries':
      return encodeDeleteSeries(step.patterns);
  }
}

function applySteps(store: SeriesStore, all: readonly Step[]): void {
  for (const step of all) store.apply(store.statistics().appliedIndex + 1, encode(step));
}

function storeOf(all: readonly Step[]): SeriesStore {
  const store = new SeriesStore();
  applySteps(store, all);
  return store;
}

function naiveOf(all: readonly Step[]): NaiveStore {
  const naive = new NaiveStore();
  for (const step of all) {
    const isTaken = (path: string) => step.kind !== 'insert' && step.patterns.some((pattern) => takes(pattern, path));
    if (step.kind === 'insert') naive.insert(step.tablet);
    else if (step.kind === 'deleteRange') naive.deleteRange(isTaken, step.startMs, step.endMs);
    else naive.deleteSeries(isTaken);
  }
  return naive;
}

/** A store that was never written anything but what the model holds. */
function storeOfContent(naive: NaiveStore): SeriesStore {
  const store = new SeriesStore();
  let index = 0;
  for (const [device, all] of naive.devices) {
    for (const [measurement, { type, points }] of all) {
      store.apply(++index, encodeInsertTablet(tabletOf(device, measurement, type, [...points])));
    }
  }
  return store;
}

function expectContent(store: SeriesStore, naive: NaiveStore): void {
  for (const device of devices) {
    const names = measurements.filter((measurement) => naive.series(device, measurement) !== undefined);
    if (names.length === 0) continue;
    const everything = { startMs: -1000, endMs: 1000, limit: 1000 };
    const result = store.range({ device, measurements: names, ...everything });
    expect(rowsOf(result)).toEqual(naive.range(device, names, -1000, 1000, 1000));
  }
  const fresh = storeOfContent(naive);
  const { devices: deviceCount, series, points, checksum } = store.statistics();
  expect({ deviceCount, series, points, checksum, billedBytes: store.billedBytes }).toEqual({
    deviceCount: fresh.statistics().devices,
    series: fresh.statistics().series,
    points: fresh.statistics().points,
    checksum: fresh.checksum(),
    billedBytes: fresh.billedBytes,
  });
}

describe('deletes', () => {
  it('leave what a naive model holds, and nothing of what is gone', () => {
    fc.assert(
      fc.property(histories, (all) => expectContent(storeOf(all), naiveOf(all))),
      { numRuns: 400 },
    );
  });

  it('do not show in a snapshot that was begun before, and do in one from afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(histories, histories, fc.nat(6), async (all, later, chunksFirst) => {
        const store = storeOf(all);
        const expected = bytesOf(store.snapshot());
        const snapshot = store.snapshot();
        const chunks: Uint8Array[] = [];
        for (let i = 0; i < chunksFirst; i++) {
          const { value } = snapshot.next();
          if (value !== undefined) chunks.push(value);
        }
        applySteps(store, later);
        expect(Buffer.concat([...chunks, ...snapshot]).equals(expected)).toBe(true);
        const restored = new SeriesStore();
        await restored.restore(inPieces(bytesOf(store.snapshot())));
        expectContent(restored, naiveOf([...all, ...later]));
        expect(bytesOf(restored.snapshot()).equals(bytesOf(store.snapshot()))).toBe(true);
        applySteps(restored, all);
        applySteps(store, all);
        expect(bytesOf(restored.snapshot()).equals(bytesOf(store.snapshot()))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['nothing', 10, 10 + 0.5],
    ['the beginning', Number.NEGATIVE_INFINITY, 100],
    ['a part of a chunk', 100, 200],
    ['whole chunks and parts of their neighbours', 1000, 3 * chunkPointsMax],
    ['the end', 5 * chunkPointsMax - 7, Number.POSITIVE_INFINITY],
    ['everything', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('of %s of a long series', (_what, startMs, endMs) => {
    const rows: [number, Value][] = Array.from({ length: 5 * chunkPointsMax }, (_, i) => [2 * i, `text ${i}`]);
    const store = new SeriesStore();
    apply(store, 1, encodeInsertTablet(tabletOf('root.d', 's', DataType.TEXT, rows)));
    const left = rows.filter(([time]) => time < startMs || time >= endMs);
    const deleted = apply(store, 2, encodeDeleteRange({ patterns: ['root.d.s'], startMs, endMs }));
    expect(deleted.status).toBe(StatusCode.SUCCESS);
    const all = store.range({ device: 'root.d', measurements: ['s'], startMs: 0, endMs: 1e6, limit: 1e6 });
    expect(rowsOf(all)).toEqual(left.map(([time, value]) => [time, [value]]));
    // What comes back lies where it was.
    apply(store, 3, encodeInsertTablet(tabletOf('root.d', 's', DataType.TEXT, rows)));
    const again = store.range({ device: 'root.d', measurements: ['s'], startMs: 0, endMs: 1e6, limit: 1e6 });
    expect(again.timestamps.length).toBe(rows.length);
  });

  it('take back a series that was created before its first write', () => {
    const store = new SeriesStore({ seriesMax: 2 });
    const { INT64, INT32, DOUBLE } = DataType;
    const created = { device: 'root.d', isAligned: false, measurements: ['s', '`s`'], dataTypes: [INT64, DOUBLE] };
    expect(apply(store, 1, encodeCreateSeries(created)).status).toBe(StatusCode.SUCCESS);
    apply(store, 2, encodeInsertTablet(tabletOf('root.d', 's', INT32, [[1, 7]])));
    // What is there is left as it is.
    apply(store, 3, encodeCreateSeries({ ...created, measurements: ['s', 't'] }));
    expect([store.dataTypeOf('root.d', 's'), store.dataTypeOf('root.d', 't')]).toEqual([INT64, DOUBLE]);
    expect(apply(store, 4, encodeCreateSeries({ ...created, device: 'root.e' })).status).toBe(
      StatusCode.METADATA_ERROR,
    );
    apply(store, 5, encodeDeleteSeries(['root.d.*']));
    expect(store.statistics()).toMatchObject({ devices: 0, series: 0, points: 0 });
    expect(store.billedBytes).toBe(0);
  });

  it('refuse what makes no sense, and change nothing', () => {
    const store = new SeriesStore();
    apply(store, 1, encodeInsertTablet(tabletOf('root.d', 's', DataType.INT32, [[1, 1]])));
    const before = store.checksum();
    const turned = encodeDeleteRange({ patterns: ['root.**'], startMs: 5, endMs: 5 });
    const answers = [turned, encodeDeleteSeries(['root.**', 'd']), turned.subarray(0, 7)].map((command, i) =>
      apply(store, i + 2, command),
    );
    const { ILLEGAL_PARAMETER, ILLEGAL_PATH } = StatusCode;
    expect(answers.map(({ status }) => status)).toEqual([ILLEGAL_PARAMETER, ILLEGAL_PATH, ILLEGAL_PARAMETER]);
    expect(store.checksum()).toBe(before);
    const many = Array.from({ length: 1001 }, () => 'root.**');
    expect(() => encodeDeleteSeries(many)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });
});
