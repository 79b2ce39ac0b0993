import { encodeCreateSeries, encodeRegisterSeries, encodeSchemaCommand, SchemaRegistry } from '@balsa/engine';
import { encodeDeleteRange, MemoryFolder, type StorageEngine } from '@balsa/engine/storage';
import {
  executeQuery,
  type Piece,
  type PiecesRequest,
  parseStatement,
  type RowBlock,
  type SeriesSource,
} from '@balsa/sql';
import { type SampleSeries, seriesSourceCases } from '@balsa/sql/conformance';
import { allocateValues, type ColumnValues, DataType, encodeInsertTablet, isNull } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { openTestEngine } from '../testing/test-store.ts';
import { StoreSource } from './store-source.ts';

type Point = SampleSeries['points'][number];

/** Engine, registry and source, and how points get into them. */
class Fixture {
  readonly registry = new SchemaRegistry();
  readonly engine: StorageEngine;
  readonly source: StoreSource;
  #index = 0;

  private constructor(engine: StorageEngine, nowMs: number) {
    this.engine = engine;
    this.source = new StoreSource(this.registry, () => engine, nowMs);
  }

  static async open(nowMs = 0): Promise<Fixture> {
    return new Fixture(await openTestEngine(new MemoryFolder(), { compaction: { lateFilesMax: 100 } }), nowMs);
  }

  register(device: string, measurement: string, dataType: DataType, isAligned = false): void {
    const names = { device, measurements: [measurement], dataTypes: [dataType] };
    this.registry.apply(++this.#index, encodeRegisterSeries({ ...names, isAligned }));
  }

  write(device: string, measurement: string, dataType: DataType, points: readonly Point[]): void {
    const values = allocateValues(dataType, points.length) as ColumnValues & { [row: number]: unknown };
    for (const [row, [, value]] of points.entries()) values[row] = value;
    const timestamps = Float64Array.from(points, ([timeMs]) => timeMs);
    const names = { device, measurements: [measurement], dataTypes: [dataType] };
    this.apply(encodeInsertTablet({ ...names, timestamps, columns: [{ values }] }));
  }

  apply(command: Uint8Array): void {
    this.engine.apply(++this.#index, command);
  }
}

/** How the points of a series come to lie: in one file, in files in order and out of order and in memory, in memory only. */
const layouts: Readonly<Record<string, (fixture: Fixture, series: SampleSeries) => Promise<void>>> = {
  'in files': async (fixture, { device, measurement, dataType, points }) => {
    fixture.write(device, measurement, dataType, points);
    await fixture.engine.flush();
  },
  'in files in order and out of order, and in memory': async (fixture, { device, measurement, dataType, points }) => {
    for (const third of [1, 0, 2]) {
      const some = points.filter((_, i) => i % 3 === third);
      if (some.length === 0) continue;
      // Overwritten at once, so that the older value must not show.
      fixture.write(device, measurement, dataType, [[some[0]![0], some.at(-1)![1]]]);
      if (third === 0) await fixture.engine.flush();
      fixture.write(device, measurement, dataType, some);
      if (third !== 2) await fixture.engine.flush();
    }
  },
  'in memory': async (fixture, { device, measurement, dataType, points }) =>
    fixture.write(device, measurement, dataType, points),
};

describe.each(Object.entries(layouts))('StoreSource, points %s', (_, lay) => {
  const engines = new Map<SeriesSource, StorageEngine>();
  const fixture = {
    create: async (all: readonly SampleSeries[]) => {
      const made = await Fixture.open();
      for (const series of all) {
        const { device, measurement, dataType, isAligned, points } = series;
        made.register(device, measurement, dataType, isAligned);
        // Like a series that was created and never written to.
        if (points.length > 0) await lay(made, series);
      }
      engines.set(made.source, made.engine);
      return made.source;
    },
    destroy: async (source: SeriesSource) => engines.get(source)!.close(),
  };
  it.each(seriesSourceCases(fixture).map(({ name, run }) => [name, run] as const))('%s', (_name, run) => run());
});

const device = 'root.d';
const signal = new AbortController().signal;
const always = { startMs: Number.MIN_SAFE_INTEGER, endMs: 2 ** 53, signal };

async function collected<Block>(blocks: AsyncIterable<Block>): Promise<Block[]> {
  const all: Block[] = [];
  for await (const block of blocks) all.push(block);
  return all;
}

async function taken(source: SeriesSource, request: PiecesRequest): Promise<Piece[]> {
  const pieces: Piece[] = [];
  await source.eachPiece(request, (piece) => {
    pieces.push(structuredClone(piece));
    return undefined;
  });
  return pieces;
}

function rowsOf(blocks: readonly RowBlock[]): unknown[][] {
  return blocks.flatMap(({ times, columns }) =>
    [...times].map((time, row) => [time, ...columns.map((it) => (isNull(it, row) ? undefined : it.values[row]))]),
  );
}

/** A series of whole numbers: sealed, of many pages. */
async function bulk(count: number): Promise<Fixture> {
  const made = await Fixture.open();
  made.register(device, 's', DataType.INT64);
  made.write(
    device,
    's',
    DataType.INT64,
    Array.from({ length: count }, (_, i) => [i, BigInt(i % 1000)] as const),
  );
  await made.engine.flush();
  return made;
}

describe('what was registered and never written to', () => {
  it('has no points, alone or beside others', async () => {
    const { source, ...fixture } = await Fixture.open().then((made) => {
      for (const name of ['s', 'silent']) made.register(device, name, DataType.TEXT);
      return made;
    });
    const request = { device, isDescending: false, blockRowsMax: 10, ...always };
    expect(await collected(source.scan({ ...request, measurements: ['silent'] }))).toEqual([]);
    expect(await source.last({ device, measurements: ['silent'], ...always })).toEqual([undefined]);
    const pieces = { device, measurement: 'silent', cuts: Float64Array.of(), allowsSummaries: true, ...always };
    expect(await taken(source, pieces)).toEqual([]);
    expect(fixture.engine.appliedIndex).toBe(0);
  });

  it('is a column without values', async () => {
    const made = await Fixture.open();
    for (const name of ['s', 'silent']) made.register(device, name, DataType.TEXT);
    made.write(device, 's', DataType.TEXT, [[1, 'a']]);
    const request = { device, measurements: ['silent', 's'], isDescending: false, blockRowsMax: 10, ...always };
    expect(rowsOf(await collected(made.source.scan(request)))).toEqual([[1, undefined, 'a']]);
    expect(await made.source.last({ device, measurements: ['silent', 's'], ...always })).toEqual([
      undefined,
      { timeMs: 1, value: 'a' },
    ]);
  });
});

it('a scan goes on with what there was when it began', async () => {
  const { source, ...made } = await bulk(4);
  const request = { device, measurements: ['s'], isDescending: false, blockRowsMax: 2, ...always };
  const blocks = source.scan(request);
  expect([...(await blocks.next()).value!.times]).toEqual([0, 1]);
  made.engine.apply(1000, encodeDeleteRange({ patterns: ['root.**'], startMs: 0, endMs: 9 }));
  expect((await collected(blocks)).map(({ times }) => [...times])).toEqual([[2, 3]]);
  expect(await collected(source.scan(request))).toEqual([]);
});

it('what has outlived its time is not shown', async () => {
  const made = await Fixture.open(100);
  made.register(device, 's', DataType.DOUBLE);
  made.registry.apply(1000, encodeSchemaCommand({ kind: 'setTtl', path: 'root.**', ttlMs: 10 }));
  made.write(device, 's', DataType.DOUBLE, [
    [89, 1],
    [90, 2],
  ]);
  await made.engine.flush();
  const { source } = made;
  const request = { device, measurements: ['s'], isDescending: false, blockRowsMax: 10, ...always };
  expect(rowsOf(await collected(source.scan(request)))).toEqual([[90, 2]]);
  const later = new StoreSource(made.registry, () => made.engine, 101);
  expect(await later.last({ device, measurements: ['s'], ...always })).toEqual([undefined]);
  expect(await later.lastTimeOf(made.registry.series(device, 's')!)).toBeUndefined();
});

describe('statistics', () => {
  const count = 50_000;

  async function answerOf(made: Fixture, sql: string): Promise<unknown[]> {
    const statement = parseStatement(sql);
    if (statement.kind !== 'select') throw new TypeError('no query');
    const result = await executeQuery(statement, made.source, {});
    const rows = rowsOf(await collected(result.blocks as AsyncIterable<RowBlock>));
    await result.close();
    return rows[0]!.slice(1);
  }

  it('answer without a page being read', async () => {
    const made = await bulk(count);
    const aggregations = ['count', 'sum', 'avg', 'min_value', 'max_value', 'first_value', 'last_value', 'max_time'];
    const items = aggregations.map((name) => `${name}(s)`).join();
    expect(await answerOf(made, `select ${items} from root.d`)).toEqual([
      BigInt(count),
      24_975_000,
      499.5,
      0n,
      999n,
      0n,
      999n,
      BigInt(count - 1),
    ]);
    expect(made.engine.reads).toMatchObject({ pagesRead: 0, chunksRead: 0 });
  });

  it('do so of windows, but for the pages at their edges', async () => {
    const made = await bulk(count);
    const sql = `select count(s) from root.d group by ([0, ${count}), 25000ms)`;
    expect(await answerOf(made, sql)).toEqual([25_000n]);
    expect(made.engine.reads.pagesRead).toBe(1);
  });

  it('are not asked for what they cannot tell', async () => {
    const made = await Fixture.open();
    const blob = Uint8Array.of(1);
    const texts = [
      ['plain', DataType.STRING, ['a', 'b'], ['a', 'b']],
      // Bytes and code units disagree about which of them is the larger one.
      ['mixed', DataType.STRING, ['\uFF5E', '\u{1F600}'], ['\u{1F600}', '\uFF5E']],
    ] as const;
    for (const [name, type, values, extremes] of texts) {
      made.register(device, name, type);
      made.write(
        device,
        name,
        type,
        values.map((value, i) => [i, value] as const),
      );
      await made.engine.flush();
      expect(await answerOf(made, `select min_value(${name}), max_value(${name}) from root.d`)).toEqual(extremes);
    }
    made.register(device, 'blob', DataType.BLOB);
    made.write(device, 'blob', DataType.BLOB, [[1, blob]]);
    await made.engine.flush();
    const pieces = { device, measurement: 'blob', cuts: Float64Array.of(), allowsSummaries: true, ...always };
    const [piece] = (await taken(made.source, pieces)) as [Piece];
    expect(piece).toMatchObject({ kind: 'points', column: { values: [blob] } });
  });

  it('pass over not-a-number', async () => {
    const made = await Fixture.open();
    made.register(device, 's', DataType.DOUBLE);
    made.write(device, 's', DataType.DOUBLE, [
      [1, Number.NaN],
      [2, Number.NaN],
    ]);
    await made.engine.flush();
    expect(await answerOf(made, 'select count(s), max_value(s), last_value(s) from root.d')).toEqual([
      2n,
      undefined,
      Number.NaN,
    ]);
    expect(made.engine.reads.pagesRead).toBe(0);
  });
});

it('newest points of many series are looked up in files once', async () => {
  const made = await Fixture.open();
  const measurements = Array.from({ length: 1000 }, (_, i) => `s${i}`);
  const dataTypes = measurements.map(() => DataType.DOUBLE);
  for (const name of measurements) made.register(device, name, DataType.DOUBLE);
  made.apply(encodeCreateSeries({ device, isAligned: false, measurements, dataTypes }));
  for (const name of measurements) {
    made.write(device, name, DataType.DOUBLE, [
      [1, 1],
      [2, 2],
    ]);
  }
  await made.engine.flush();
  const request = { device, measurements, ...always };
  const newest = measurements.map(() => ({ timeMs: 2, value: 2 }));
  expect(await made.source.last(request)).toEqual(newest);
  const { pagesRead, filesSkipped, chunksSummarized } = made.engine.reads;
  expect(pagesRead).toBe(0);
  expect(await made.source.last(request)).toEqual(newest);
  expect(made.engine.reads).toMatchObject({ filesSkipped, chunksSummarized });
  expect(await made.source.last({ ...request, endMs: 2 })).toEqual(measurements.map(() => ({ timeMs: 1, value: 1 })));
});
