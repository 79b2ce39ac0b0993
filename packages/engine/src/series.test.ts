import { DataType } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { chunkPointsMax } from './chunk.ts';
import { Series } from './series.ts';
import type { CapturedPoints } from './snapshot/points.ts';
import { RecordWriter } from './snapshot/record-writer.ts';
import { TabletRows } from './tablet-rows.ts';
import { doubleKind, textKind } from './value-kind.ts';

function write(series: Series<number> | Series<string>, times: readonly number[], values: Float64Array | string[]) {
  const rows = new TabletRows(Float64Array.from(times));
  series.write(rows.timestamps, values, rows.pick(undefined));
}

function pointsOf<T>(series: Series<T>, startMs = -Infinity, endMs = Infinity): [number, T][] {
  const points: [number, T][] = [];
  for (const { times, values } of series.slices(startMs, endMs)) {
    for (let i = 0; i < times.length; i++) points.push([times[i]!, values[i]!]);
  }
  return points;
}

/** The times of one write. Long enough to fill chunks, and shaped so that writes cross, fill gaps and overwrite. */
const writes = fc
  .record({
    start: fc.integer({ min: -20_000, max: 20_000 }),
    step: fc.integer({ min: 1, max: 9 }),
    count: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 3 * chunkPointsMax })),
    order: fc.constantFrom('ascending', 'descending', 'twice'),
  })
  .map(({ start, step, count, order }) => {
    const times = Array.from({ length: count }, (_, i) => start + i * step);
    if (order === 'descending') return times.reverse();
    return order === 'twice' ? [...times, ...times] : times;
  });

describe('Series', () => {
  it('holds what a sorted map would, however it was written', () => {
    fc.assert(
      fc.property(fc.array(writes, { minLength: 1, maxLength: 12 }), (all) => {
        const series = new Series(doubleKind);
        const expected = new Map<number, number>();
        let stamp = 0;
        for (const times of all) {
          const values = Float64Array.from(times, () => stamp++);
          for (const [i, time] of times.entries()) expected.set(time, values[i]!);
          write(series, times, values);
        }
        const sorted = [...expected].sort((a, b) => a[0] - b[0]);
        expect(series.points).toBe(expected.size);
        expect(series.billedBytes).toBe(16 * expected.size);
        expect(pointsOf(series)).toEqual(sorted);
        const middle = sorted[sorted.length >> 1]![0];
        expect(pointsOf(series, middle, middle + 1000)).toEqual(
          sorted.filter(([time]) => time >= middle && time < middle + 1000),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('has checksums of its points, not of how they came', () => {
    fc.assert(
      fc.property(fc.array(writes, { minLength: 1, maxLength: 6 }), (all) => {
        const piecemeal = new Series(doubleKind);
        for (const times of all)
          write(
            piecemeal,
            times,
            Float64Array.from(times, (time) => time / 2),
          );
        const inOneGo = new Series(doubleKind);
        const times = [...new Set(all.flat())].sort((a, b) => a - b);
        write(
          inOneGo,
          times,
          Float64Array.from(times, (time) => time / 2),
        );
        expect(piecemeal.checksums()).toEqual(inOneGo.checksums());
        write(inOneGo, times.slice(-1), Float64Array.of(0.25));
        expect(piecemeal.checksums().values).not.toBe(inOneGo.checksums().values);
      }),
      { numRuns: 40 },
    );
  });

  it('bills texts as what they are now, not as what they were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.string()), { maxLength: 30 }), { maxLength: 8 }),
        (all) => {
          const series = new Series(textKind);
          const latest = new Map<number, string>();
          for (const points of all) {
            for (const [time, value] of points) latest.set(time, value);
            write(
              series,
              points.map(([time]) => time),
              points.map(([, value]) => value),
            );
          }
          const expected = [...latest.values()].reduce((sum, value) => sum + 16 + 24 + 2 * value.length, 0);
          expect(series.billedBytes).toBe(expected);
          expect(new Map(pointsOf(series))).toEqual(latest);
        },
      ),
    );
  });

  it('has one checksum for all NaN', () => {
    const bits = new BigUint64Array([0x7ff8_0000_0000_0000n, 0xfff8_0000_0000_0001n]);
    const nans = new Float64Array(bits.buffer);
    const [plain, payload] = [new Series(doubleKind), new Series(doubleKind)];
    write(plain, [1], nans.slice(0, 1));
    write(payload, [1], nans.slice(1, 2));
    expect(plain.checksums()).toEqual(payload.checksums());
  });

  it('tells texts that only differ in where they end', () => {
    const [left, right] = [new Series(textKind), new Series(textKind)];
    write(left, [1, 2], ['\0\0\0\0', '']);
    write(right, [1, 2], ['', '\0\0\0\0']);
    expect(left.checksums().times).toBe(right.checksums().times);
    expect(left.checksums().values).not.toBe(right.checksums().values);
  });

  it('takes the types that IoTDB widens', () => {
    const series = new Series(doubleKind);
    expect(series.accepts(DataType.FLOAT)).toBe(true);
    expect(series.accepts(DataType.TEXT)).toBe(false);
  });

  it('copies a chunk that was captured once, when points of it are to change', () => {
    const series = new Series(doubleKind);
    const half = chunkPointsMax / 2;
    const times = Array.from({ length: chunkPointsMax }, (_, i) => 2 * i);
    write(series, times.slice(0, half), new Float64Array(half));
    const allocate = vi.spyOn(doubleKind, 'allocate');
    const allocationsOf = (all: readonly number[]) => {
      allocate.mockClear();
      write(series, all, Float64Array.from(all));
      return allocate.mock.calls.length;
    };
    try {
      series.capture();
      expect(allocationsOf(times.slice(half, half + 1)), 'behind the last, where the array has to grow').toBe(1);
      series.capture();
      expect(allocationsOf(times.slice(half + 1)), 'behind the last').toBe(0);
      expect(allocationsOf([4]), 'in place of one').toBe(1);
      expect(allocationsOf([4]), 'again').toBe(0);
      series.capture();
      expect(allocationsOf([2 * half + 3]), 'splits the chunk, and its later half has to grow').toBe(2 + 1);
      expect(allocationsOf([4, 2 * half + 2]), 'in both halves').toBe(0);
    } finally {
      allocate.mockRestore();
    }
  });

  it('leaves what was captured as it is', () => {
    const bytesOf = (points: CapturedPoints<number>): Buffer => {
      const out = new RecordWriter({ machine: 9, version: 1 });
      for (const _ of points.write(out));
      return Buffer.from(out.take());
    };
    fc.assert(
      fc.property(fc.array(writes, { minLength: 2, maxLength: 8 }), (all) => {
        const series = new Series(doubleKind);
        let stamp = 0;
        const captured: [CapturedPoints<number>, Buffer][] = [];
        for (const times of all) {
          write(
            series,
            times,
            Float64Array.from(times, () => stamp++),
          );
          captured.push([series.capture(), bytesOf(series.capture())]);
        }
        for (const [points, bytes] of captured) expect(bytesOf(points).equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
