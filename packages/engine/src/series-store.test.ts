import {
  DataType,
  encodeInsertTablet,
  type RangeQuery,
  rangeRowsMax,
  StatusCode,
  type Tablet,
  WireError,
} from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeriesStore } from './series-store.ts';
import { apply, applyAll, naiveOf, rowsOf } from './testing/stores.ts';
import { columnOf, histories, tabletOf, tablets } from './testing/tablets.ts';

describe('SeriesStore as a replicated state', () => {
  it('is a function of its commands: reads in between change nothing', () => {
    fc.assert(
      fc.property(histories, (all) => {
        const quiet = new SeriesStore();
        const read = new SeriesStore();
        const answers = applyAll(quiet, all);
        for (const [i, tablet] of all.entries()) {
          const { device, measurements: names } = tablet;
          expect(apply(read, i + 1, encodeInsertTablet(tablet))).toEqual(answers[i]);
          read.statistics();
          if (answers[i]?.status === StatusCode.SUCCESS) {
            read.range({ device, measurements: names, startMs: -100, endMs: 100, limit: 5 });
          }
        }
        expect(read.statistics()).toEqual(quiet.statistics());
        expect(read.billedBytes).toBe(quiet.billedBytes);
      }),
    );
  });

  it('has the checksum and the bill of its content, however that came', () => {
    fc.assert(
      fc.property(histories, (all) => {
        const store = new SeriesStore();
        applyAll(store, all);
        const rebuilt = new SeriesStore();
        const tabletsOfContent: Tablet[] = [];
        for (const [device, series] of naiveOf(all).devices) {
          for (const [measurement, { type, points }] of series) {
            tabletsOfContent.push(tabletOf(device, measurement, type, [...points]));
          }
        }
        applyAll(rebuilt, tabletsOfContent.reverse());
        expect(rebuilt.checksum()).toBe(store.checksum());
        expect(rebuilt.billedBytes).toBe(store.billedBytes);
      }),
    );
  });

  it('has another checksum when a value, a time, a name or a type differs', () => {
    const variants = [
      tabletOf('root.d', 's', DataType.DOUBLE, [[1, 2]]),
      tabletOf('root.d', 's', DataType.DOUBLE, [[1, 3]]),
      tabletOf('root.d', 's', DataType.DOUBLE, [[2, 2]]),
      tabletOf('root.d', 't', DataType.DOUBLE, [[1, 2]]),
      tabletOf('root.e', 's', DataType.DOUBLE, [[1, 2]]),
      tabletOf('root.d', 's', DataType.FLOAT, [[1, 2]]),
      tabletOf('root.d', 's', DataType.DOUBLE, []),
    ];
    const checksums = variants.map((tablet) => {
      const store = new SeriesStore();
      applyAll(store, [tablet]);
      return store.checksum();
    });
    expect(new Set(checksums).size).toBe(variants.length);
  });

  it('refuses to apply out of order or twice', () => {
    const store = new SeriesStore();
    const command = encodeInsertTablet(tabletOf('root.d', 's', DataType.INT32, [[1, 1]]));
    store.apply(5, command);
    expect(() => store.apply(5, command)).toThrow(RangeError);
    expect(() => store.apply(4, command)).toThrow(RangeError);
    expect(store.statistics()).toMatchObject({ points: 1, rowsApplied: 1, appliedIndex: 5 });
  });

  it('counts a row each time it is applied, and its point once', () => {
    const store = new SeriesStore();
    const tablet = tabletOf('root.d', 's', DataType.INT32, [
      [1, 1],
      [2, 2],
    ]);
    applyAll(store, [tablet, tablet]);
    expect(store.statistics()).toMatchObject({ points: 2, rowsApplied: 4 });
  });

  it('does not keep the memory of a command', () => {
    const store = new SeriesStore();
    const command = encodeInsertTablet(tabletOf('root.d', 's', DataType.TEXT, [[1, 'kept']]));
    store.apply(1, command);
    command.fill(0);
    expect(rowsOf(store.range(everything('root.d', 's')))).toEqual([[1, ['kept']]]);
  });

  it('takes -0 for the time that it is', () => {
    const [plain, signed] = [new SeriesStore(), new SeriesStore()];
    applyAll(plain, [tabletOf('root.d', 's', DataType.INT32, [[0, 1]])]);
    applyAll(signed, [tabletOf('root.d', 's', DataType.INT32, [[-0, 1]])]);
    expect(signed.checksum()).toBe(plain.checksum());
  });
});

describe('SeriesStore answering writes', () => {
  it('leaves out columns of another type and writes the others', () => {
    const store = new SeriesStore();
    const [, answer] = applyAll(store, [
      tabletOf('root.d', 'b', DataType.BOOLEAN, [[1, 1]]),
      {
        device: 'root.d',
        measurements: ['a', 'b'],
        dataTypes: [DataType.TEXT, DataType.TEXT],
        timestamps: Float64Array.of(2),
        columns: [columnOf(DataType.TEXT, ['x']), columnOf(DataType.TEXT, ['y'])],
      },
    ]);
    expect(answer).toEqual({
      status: StatusCode.DATA_TYPE_MISMATCH,
      message: '1 of 2 columns of root.d were written; refused: b is BOOLEAN and takes no TEXT',
    });
    expect(rowsOf(store.range(everything('root.d', 'a', 'b')))).toEqual([
      [1, [undefined, 1]],
      [2, ['x', undefined]],
    ]);
  });

  it('keeps one name for each series, however it is quoted', () => {
    const store = new SeriesStore();
    const answers = applyAll(store, [
      tabletOf('root.`d`', '`s`', DataType.INT32, [[1, 1]]),
      tabletOf('root.d', 's', DataType.INT32, [[2, 2]]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([StatusCode.SUCCESS, StatusCode.SUCCESS]);
    expect(store.statistics()).toMatchObject({ devices: 1, series: 1, points: 2 });
    const twice: Tablet = {
      device: 'root.d',
      measurements: ['`s`', 's'],
      dataTypes: [DataType.INT32, DataType.INT32],
      timestamps: Float64Array.of(3),
      columns: [columnOf(DataType.INT32, [3]), columnOf(DataType.INT32, [4])],
    };
    expect(apply(store, 9, encodeInsertTablet(twice))).toEqual({
      status: StatusCode.ILLEGAL_PATH,
      message: '1 of 2 columns of root.d were written; refused: "s" is named twice',
    });
  });

  it.each(['d', 'root', 'root.1', 'root.a-b', `root.${'x'.repeat(600)}`])('refuses the device %s', (device) => {
    const store = new SeriesStore();
    const [answer] = applyAll(store, [tabletOf(device, 's', DataType.INT32, [[1, 1]])]);
    expect(answer?.status).toBe(StatusCode.ILLEGAL_PATH);
    expect(store.statistics()).toMatchObject({ devices: 0, rowsApplied: 0 });
  });

  it('creates no device for a tablet whose every column is refused', () => {
    const store = new SeriesStore();
    const [answer] = applyAll(store, [tabletOf('root.d', 'a.b', DataType.INT32, [[1, 1]])]);
    expect(answer?.status).toBe(StatusCode.ILLEGAL_PATH);
    expect(store.statistics()).toMatchObject({ devices: 0, series: 0, rowsApplied: 0 });
  });

  it('survives any bytes', () => {
    const tablet = encodeInsertTablet(tabletOf('root.d', 's', DataType.TEXT, [[1, 'abc']]));
    const damaged = fc
      .record({ at: fc.nat(tablet.length - 1), byte: fc.nat(255), length: fc.nat(tablet.length) })
      .map(({ at, byte, length }) => {
        const copy = Uint8Array.from(tablet);
        copy[at] = byte;
        return copy.subarray(0, length);
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        const store = new SeriesStore();
        const { status } = apply(store, 1, bytes);
        expect([StatusCode.SUCCESS, StatusCode.ILLEGAL_PARAMETER, StatusCode.ILLEGAL_PATH]).toContain(status);
        expect(store.statistics().appliedIndex).toBe(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a tablet over the memory limit whole, and only that', () => {
    const store = new SeriesStore({ memoryBytesMax: 100_000 });
    const rows = (from: number, count: number) => Array.from({ length: count }, (_, i) => [from + i, i] as const);
    const [first, large, small] = applyAll(store, [
      tabletOf('root.d', 's', DataType.DOUBLE, rows(0, 4000)),
      tabletOf('root.e', 's', DataType.DOUBLE, rows(0, 4000)),
      tabletOf('root.e', 's', DataType.DOUBLE, rows(0, 1000)),
    ]);
    expect(first?.status).toBe(StatusCode.SUCCESS);
    expect(large?.status).toBe(StatusCode.MEMORY_NOT_ENOUGH);
    expect(small?.status).toBe(StatusCode.SUCCESS);
    expect(store.statistics()).toMatchObject({ devices: 2, points: 5000, rowsApplied: 5000 });
    expect(store.billedBytes).toBeLessThanOrEqual(100_000);
  });

  it('knows exactly what a first tablet takes', () => {
    fc.assert(
      fc.property(tablets, (tablet) => {
        const measure = new SeriesStore();
        applyAll(measure, [tablet]);
        const memoryBytesMax = measure.billedBytes;
        const [enough] = applyAll(new SeriesStore({ memoryBytesMax }), [tablet]);
        const [scarce] = applyAll(new SeriesStore({ memoryBytesMax: memoryBytesMax - 1 }), [tablet]);
        expect([enough?.status, scarce?.status]).toEqual([StatusCode.SUCCESS, StatusCode.MEMORY_NOT_ENOUGH]);
      }),
    );
  });

  it('counts texts against the memory limit', () => {
    const store = new SeriesStore({ memoryBytesMax: 10_000 });
    const [answer] = applyAll(store, [tabletOf('root.d', 's', DataType.TEXT, [[1, 'x'.repeat(5000)]])]);
    expect(answer?.status).toBe(StatusCode.MEMORY_NOT_ENOUGH);
  });

  it('bounds the number of series', () => {
    const store = new SeriesStore({ seriesMax: 1 });
    const answers = applyAll(store, [
      tabletOf('root.d', 's', DataType.INT32, [[1, 1]]),
      tabletOf('root.d', 't', DataType.INT32, [[1, 1]]),
      tabletOf('root.d', 's', DataType.INT32, [[2, 1]]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([
      StatusCode.SUCCESS,
      StatusCode.METADATA_ERROR,
      StatusCode.SUCCESS,
    ]);
  });
});

describe('SeriesStore refusing reads', () => {
  const store = new SeriesStore();
  applyAll(store, [
    tabletOf('root.d', 's', DataType.INT32, [[1, 1]]),
    tabletOf('root.d', 'words', DataType.TEXT, [[1, 'x']]),
  ]);
  const window = { startMs: 0, endMs: 10, windowMs: 1 };

  it('says what is missing and what is misspelt', () => {
    const missing = expect.objectContaining({ code: 'PATH_NOT_EXIST', status: StatusCode.PATH_NOT_EXIST });
    const illegal = expect.objectContaining({ code: 'ILLEGAL_PATH', status: StatusCode.ILLEGAL_PATH });
    expect(() => store.range(everything('root.e', 's'))).toThrow(missing);
    expect(() => store.range(everything('root.d', 't'))).toThrow(missing);
    expect(() => store.range(everything('d', 's'))).toThrow(illegal);
    expect(() => store.range(everything('root.d', 's.t'))).toThrow(illegal);
    expect(() => store.range(everything('root.**', 's'))).toThrow(illegal);
    const count = { functions: ['count' as const], ...window };
    expect(() => store.aggregate({ device: 'root.x.**', measurements: ['s'], ...count })).toThrow(missing);
    expect(() => store.aggregate({ device: 'root.*.a', measurements: ['s'], ...count })).toThrow(illegal);
    expect(() => store.aggregate({ device: 'root.d', measurements: ['a b'], ...count })).toThrow(illegal);
  });

  it('has no average of texts', () => {
    const query = { device: 'root.d', measurements: ['words'], ...window };
    expect(() => store.aggregate({ ...query, functions: ['avg'] })).toThrow(
      expect.objectContaining({ code: 'METADATA_ERROR' }),
    );
    expect([...store.aggregate({ ...query, functions: ['count'] }).columns[0]!.values].slice(0, 3)).toEqual([0, 1, 0]);
  });

  it('checks limits before it takes memory', () => {
    const tooLarge = expect.objectContaining({ code: 'LIMIT_EXCEEDED' });
    expect(() => store.range({ ...everything('root.d', 's'), limit: 2 ** 31 })).toThrow(tooLarge);
    const query = { device: 'root.d', measurements: ['s'], functions: ['avg' as const], startMs: 0, windowMs: 1 };
    expect(() => store.aggregate({ ...query, endMs: 2 ** 50 })).toThrow(tooLarge);
    expect(() => store.aggregate({ ...query, endMs: -1 })).toThrow(WireError);
  });

  it('bounds the values of a range, not only its rows', () => {
    const wide = new SeriesStore();
    const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
    const timestamps = Float64Array.from({ length: 220_000 }, (_, i) => i);
    const values = new Int32Array(timestamps.length);
    applyAll(wide, [
      {
        device: 'root.d',
        measurements: names,
        dataTypes: names.map(() => DataType.INT32),
        timestamps,
        columns: names.map(() => ({ values })),
      },
    ]);
    expect(() => wide.range(everything('root.d', ...names))).toThrow(
      expect.objectContaining({ code: 'MEMORY_NOT_ENOUGH' }),
    );
    expect(wide.range({ ...everything('root.d', ...names), limit: 200_000 }).timestamps).toHaveLength(200_000);
  });
});

function everything(device: string, ...names: string[]): RangeQuery {
  return { device, measurements: names, startMs: -1000, endMs: 2 ** 40, limit: rangeRowsMax };
}
