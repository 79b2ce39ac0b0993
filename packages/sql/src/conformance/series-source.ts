// What every SeriesSource must do, as cases without a test framework.

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { allocateValues, DataType, isNull } from '@balsa/wire';
import { parseStatement } from '../parse.ts';
import type {
  PathPattern,
  Piece,
  PiecesRequest,
  RowBlock,
  ScanRequest,
  SeriesSource,
  SourceSeries,
  SourceValue,
  Summary,
} from '../source/series-source.ts';

/** One thing that every implementation of a port must do. */
export interface ConformanceCase {
  readonly name: string;
  /** Rejects with an AssertionError, or with what the implementation threw, if it does not. */
  readonly run: () => Promise<void>;
}

export interface SampleSeries extends SourceSeries {
  /** In ascending order of time. */
  readonly points: readonly (readonly [timeMs: number, value: SourceValue])[];
}

export interface SourceFixture {
  /** A source that holds these series, and no others. */
  create(series: readonly SampleSeries[]): Promise<SeriesSource>;
  destroy(source: SeriesSource): Promise<void>;
}

const { BOOLEAN, DOUBLE, INT32, INT64, TEXT } = DataType;

/** Of several blocks, whatever the size of a source's blocks. */
const many = Array.from({ length: 10_000 }, (_, at) => [at * 7 - 1000, at / 2] as const);

const samples: readonly SampleSeries[] = [
  sample('root.a.d1', 'flag', BOOLEAN, [
    [5, 1],
    [6, 0],
  ]),
  sample('root.a.d1', 's1', INT32, [
    [-3, 1],
    [0, 2],
    [5, -3],
    [9, 2],
  ]),
  sample('root.a.d1', 's2', INT64, [
    [0, 2n ** 60n],
    [4, -1n],
    [9, 7n],
  ]),
  sample('root.a.d1', 't', TEXT, [
    [0, ''],
    [9, 'ü'],
  ]),
  sample('root.a.d2', '`a b`', TEXT, []),
  sample('root.a.d2', 's1', DOUBLE, [
    [1, Number.NaN],
    [2, 1.5],
    [3, -1.5],
  ]),
  sample('root.a.x.d3', 'many', DOUBLE, many),
  sample('root.b.d1', 's10', DOUBLE, [[1, 1]]),
];

export function seriesSourceCases(fixture: SourceFixture): ConformanceCase[] {
  return Object.entries(cases).map(([name, test]) => ({
    name,
    run: async () => {
      const source = await fixture.create(samples);
      try {
        await test(source);
      } finally {
        await fixture.destroy(source);
      }
    },
  }));
}

const cases: Readonly<Record<string, (source: SeriesSource) => Promise<void>>> = {
  'names series by path, each once': async (source) => {
    deepEqual(await pathsOf(source, 'root.**'), samples.map(pathOf));
    deepEqual(await pathsOf(source, 'root.**', 'root.a.*.s1'), samples.map(pathOf));
    deepEqual(await pathsOf(source, 'root.a.d2.s1', 'root.a.d1.s1'), ['root.a.d1.s1', 'root.a.d2.s1']);
    const [first] = await matched(source, 'root.a.d1.flag');
    deepEqual({ ...first }, { device: 'root.a.d1', measurement: 'flag', dataType: BOOLEAN, isAligned: false });
  },

  'takes wildcards as IoTDB does': async (source) => {
    deepEqual(await pathsOf(source, 'root.a.d1.s1'), ['root.a.d1.s1']);
    deepEqual(await pathsOf(source, 'root.*.*.s1'), ['root.a.d1.s1', 'root.a.d2.s1']);
    deepEqual(await pathsOf(source, 'root.a.**.many'), ['root.a.x.d3.many']);
    deepEqual(await pathsOf(source, 'root.**.d3.*'), ['root.a.x.d3.many']);
    deepEqual(await pathsOf(source, 'root.*.d1.s1*'), ['root.a.d1.s1', 'root.b.d1.s10']);
    deepEqual(await pathsOf(source, 'root.a.d1.*la*'), ['root.a.d1.flag']);
    deepEqual(await pathsOf(source, 'root.a.d2.`a b`'), ['root.a.d2.`a b`']);
    for (const nothing of ['root.a', 'root.a.d1', 'root.a.*', 'root.a.d1.s1.**', 'root.a.d1.s']) {
      deepEqual(await pathsOf(source, nothing), [], nothing);
    }
  },

  'joins the rows of a device': async (source) => {
    deepEqual(await rowsOf(source, { measurements: ['s2', 's1'] }), [
      [-3, undefined, 1],
      [0, 2n ** 60n, 2],
      [4, -1n, undefined],
      [5, undefined, -3],
      [9, 7n, 2],
    ]);
    deepEqual(await rowsOf(source, { measurements: ['t'] }), [
      [0, ''],
      [9, 'ü'],
    ]);
    deepEqual(await rowsOf(source, { measurements: ['flag'] }), [
      [5, 1],
      [6, 0],
    ]);
    deepEqual(await rowsOf(source, { device: 'root.a.d2', measurements: ['`a b`'] }), []);
  },

  'scans a span, with its start and without its end': async (source) => {
    deepEqual(await rowsOf(source, { measurements: ['s1'], startMs: 0, endMs: 9 }), [
      [0, 2],
      [5, -3],
    ]);
    deepEqual(await rowsOf(source, { measurements: ['s1'], startMs: 1, endMs: 5 }), []);
  },

  'scans backwards': async (source) => {
    deepEqual(await rowsOf(source, { measurements: ['s1'], isDescending: true, startMs: 0 }), [
      [9, 2],
      [5, -3],
      [0, 2],
    ]);
    const rows = await rowsOf(source, { device: 'root.a.x.d3', measurements: ['many'], isDescending: true });
    deepEqual(rows, many.toReversed());
  },

  'gives blocks of the size that is asked for, and columns of their type': async (source) => {
    const request = { device: 'root.a.x.d3', measurements: ['many'], blockRowsMax: 16, rowsHint: 5 };
    const rows: unknown[] = [];
    for await (const { times, columns } of scan(source, request)) {
      ok(times.length > 0 && times.length <= 16, `a block has ${times.length} rows`);
      ok(columns[0]!.values instanceof Float64Array && columns[0]!.values.length === times.length);
      rows.push(...cellsOf({ times, columns }));
    }
    deepEqual(rows, many);
    for (const { measurement, dataType } of samples.filter(({ device }) => device === 'root.a.d1')) {
      for await (const { columns } of scan(source, { measurements: [measurement] })) {
        equal(columns[0]!.values.constructor, allocateValues(dataType, 0).constructor, measurement);
      }
    }
  },

  'stops when nobody asks any more': async (source) => {
    for await (const { times } of scan(source, { device: 'root.a.x.d3', measurements: ['many'], blockRowsMax: 16 })) {
      equal(times[0], many[0]![0]);
      break;
    }
    deepEqual((await rowsOf(source, { device: 'root.a.x.d3', measurements: ['many'] })).length, many.length);
  },

  'gives the points of a series': async (source) => {
    const pieces = await piecesOf(source, false);
    deepEqual(pieces.flatMap(cellsOfPoints), many);
    deepEqual(
      (await piecesOf(source, false, 0, 70)).flatMap(cellsOfPoints),
      many.filter(([time]) => time >= 0 && time < 70),
    );
  },

  'summarises only what lies between two cuts': async (source) => {
    const cuts = Float64Array.from({ length: 50 }, (_, at) => at * 1000);
    const pieces = await piecesOf(source, true, -500, 60_000, cuts);
    let next = many.findIndex(([time]) => time >= -500);
    for (const piece of pieces) {
      if (piece.kind === 'points') {
        const cells = cellsOfPoints(piece);
        deepEqual(cells, many.slice(next, next + cells.length));
        next += cells.length;
        continue;
      }
      const part = many.slice(next, next + piece.count);
      deepEqual({ ...piece }, summaryOf(part));
      ok(
        !cuts.some((cut) => cut > piece.startMs && cut <= piece.endMs),
        `a cut lies within ${piece.startMs} to ${piece.endMs}`,
      );
      next += piece.count;
    }
    equal(
      next,
      many.findIndex(([time]) => time >= 60_000),
    );
  },

  'hands over the next piece when the one before is done with, and no more to whoever has enough': async (source) => {
    const cuts = Float64Array.of(-(2 ** 53) + 1, 2 ** 53);
    const span = { startMs: cuts[0]!, endMs: cuts[1]!, cuts, allowsSummaries: false, signal: neverAborted() };
    const request = { device: 'root.a.x.d3', measurement: 'many', ...span };
    const cells: unknown[][] = [];
    let looking = 0;
    await source.eachPiece(request, (piece) => {
      equal(++looking, 1);
      return Promise.resolve().then(() => {
        cells.push(...cellsOfPoints(piece));
        looking--;
      });
    });
    deepEqual(cells, many);
    let pieces = 0;
    const enough = new Error('enough');
    const ended = source.eachPiece(request, () => {
      pieces++;
      throw enough;
    });
    await rejects(ended, enough);
    equal(pieces, 1);
  },

  'knows the newest points': async (source) => {
    const request = {
      device: 'root.a.d1',
      measurements: ['s2', 't', 'flag'],
      startMs: -100,
      endMs: 9,
      signal: neverAborted(),
    };
    deepEqual(plain(await source.last(request)), [
      { timeMs: 4, value: -1n },
      { timeMs: 0, value: '' },
      { timeMs: 6, value: 0 },
    ]);
    deepEqual(plain(await source.last({ ...request, measurements: ['s1'], startMs: 1, endMs: 5 })), [null]);
  },

  'ends when its signal fires': async (source) => {
    const signal = AbortSignal.abort();
    const all: PathPattern = [{ kind: 'anyDepth' }];
    const span = { startMs: 0, endMs: 100, signal };
    await rejects(collected(source.match([all], signal)));
    await rejects(collected(scan(source, { measurements: ['s1'], signal })));
    const piece = { device: 'root.a.d1', measurement: 's1', cuts: Float64Array.of(0, 100), allowsSummaries: true };
    await rejects(taken(source, { ...piece, ...span }));
    await rejects(source.last({ device: 'root.a.d1', measurements: ['s1'], ...span }));
  },
};

function sample(device: string, measurement: string, dataType: DataType, points: SampleSeries['points']): SampleSeries {
  return { device, measurement, dataType, isAligned: false, points };
}

function pathOf({ device, measurement }: SourceSeries): string {
  return `${device}.${measurement}`;
}

async function matched(source: SeriesSource, ...patterns: readonly string[]): Promise<SourceSeries[]> {
  const statement = parseStatement(`drop timeseries ${patterns.join(', ')}`);
  if (statement.kind !== 'dropTimeseries') throw new TypeError('these are no patterns');
  const blocks = await collected(
    source.match(
      statement.patterns.map(({ nodes }) => nodes),
      neverAborted(),
    ),
  );
  return blocks.flat();
}

async function pathsOf(source: SeriesSource, ...patterns: readonly string[]): Promise<string[]> {
  return (await matched(source, ...patterns)).map(pathOf);
}

type PartialScan = Partial<ScanRequest> & Pick<ScanRequest, 'measurements'>;

function scan(source: SeriesSource, request: PartialScan): ReturnType<SeriesSource['scan']> {
  const defaults = {
    device: 'root.a.d1',
    startMs: -(2 ** 53) + 1,
    endMs: 2 ** 53,
    isDescending: false,
    blockRowsMax: 4096,
  };
  return source.scan({ ...defaults, signal: neverAborted(), ...request });
}

async function rowsOf(source: SeriesSource, request: PartialScan): Promise<unknown[]> {
  return (await collected(scan(source, request))).flatMap(cellsOf);
}

function cellsOf({ times, columns }: RowBlock): unknown[][] {
  return Array.from(times, (time, row) => [
    time,
    ...columns.map((column) => (isNull(column, row) ? undefined : column.values[row])),
  ]);
}

function cellsOfPoints(piece: Piece): unknown[][] {
  ok(piece.kind === 'points');
  return cellsOf({ times: piece.times, columns: [piece.column] });
}

function piecesOf(
  source: SeriesSource,
  allowsSummaries: boolean,
  startMs: number = -(2 ** 53) + 1,
  endMs: number = 2 ** 53,
  cuts: Float64Array = Float64Array.of(startMs, endMs),
): Promise<Piece[]> {
  const request = { device: 'root.a.x.d3', measurement: 'many', startMs, endMs, cuts, allowsSummaries };
  return taken(source, { ...request, signal: neverAborted() });
}

/** Pieces as they were when they were handed over. */
async function taken(source: SeriesSource, request: PiecesRequest): Promise<Piece[]> {
  const pieces: Piece[] = [];
  await source.eachPiece(request, (piece) => {
    pieces.push(structuredClone(piece));
    return undefined;
  });
  return pieces;
}

function summaryOf(points: readonly (readonly [number, number])[]): Summary {
  const values = points.map(([, value]) => value);
  return {
    kind: 'summary',
    startMs: points[0]![0],
    endMs: points[points.length - 1]![0],
    count: points.length,
    first: values[0]!,
    last: values[values.length - 1]!,
    min: Math.min(...values),
    max: Math.max(...values),
    sum: values.reduce((sum, value) => sum + value, 0),
  };
}

async function collected<Block>(blocks: AsyncIterable<Block> | Iterable<Block>): Promise<Block[]> {
  const all: Block[] = [];
  for await (const block of blocks) all.push(block);
  return all;
}

function plain(points: readonly (object | undefined)[]): unknown[] {
  return points.map((point) => (point === undefined ? null : { ...point }));
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
