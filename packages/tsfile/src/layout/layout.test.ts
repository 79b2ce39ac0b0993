import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { dataTypes, timeColumnType } from '../data-type.ts';
import { BloomFilter } from './bloom-filter.ts';
import { compareDevices, comparePaths, deviceOfPath, pathOfDevice, readDevice, writeDevice } from './device-id.ts';
import { murmurHash } from './murmur-hash.ts';
import {
  emptyStatistics,
  type MeasuredType,
  mergeStatistics,
  readStatistics,
  type Statistics,
  writeStatistics,
} from './statistics.ts';

function readerOf(write: (out: ByteWriter) => void): ByteReader {
  const out = new ByteWriter(4);
  write(out);
  return new ByteReader(Buffer.from(out.written()), { offset: 0 });
}

describe('bytes', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.string(),
        (int, wide, text) => {
          const source = readerOf((out) => {
            out.varint(int);
            out.uvarint(int >>> 0);
            out.i32(int);
            out.i64(wide);
            out.varText(text);
            out.varText(null);
          });
          const safe = Buffer.from(text).toString();
          expect([source.varint(), source.uvarint(), source.i32(), source.i64()]).toEqual([int, int >>> 0, int, wide]);
          expect([source.varText(10_000), source.varText(1), source.remaining]).toEqual([safe, null, 0]);
        },
      ),
    );
  });

  it('of integers that are too long, and of texts that are no UTF-8, are refused', () => {
    const reader = (...bytes: number[]) => new ByteReader(Uint8Array.from(bytes), { offset: 90 });
    expect(() => reader(0xff, 0xff, 0xff, 0xff, 0x1f).uvarint()).toThrow('longer than 32 bits');
    expect(() => reader(0xff).uvarint()).toThrow('1 bytes are needed where 0 are left (at byte 91)');
    expect(() => reader(2, 0xff).varText(10)).toThrow('not UTF-8');
    expect(() => reader(3, 0xff).varText(10)).toThrow('a length is negative');
    expect(() => reader(20).varText(9)).toThrow('over the limit of 9');
  });
});

describe('devices', () => {
  it.each([
    ['root', ['root']],
    ['root.a', ['root', 'a']],
    ['root.a.b', ['root.a', 'b']],
    ['root.a.b.c', ['root.a.b', 'c']],
    ['root.a.b.c.d', ['root.a.b', 'c', 'd']],
    ['root.`a.b`.c', ['root.`a.b`', 'c']],
  ])('%s', (path, segments) => {
    expect(deviceOfPath(path)).toEqual(segments);
    expect(pathOfDevice(segments)).toBe(path);
    const source = readerOf((out) => writeDevice(segments, out));
    expect(readDevice(4, source, 100)).toEqual(segments);
    expect(
      readDevice(
        3,
        readerOf((out) => out.varText(path)),
        100,
      ),
    ).toEqual(segments);
  });

  it.each(['', 'root.', 'root..a', '.a', 'root.`a'])('%j is no path', (path) => {
    expect(() => deviceOfPath(path)).toThrow(expect.objectContaining({ code: 'TSFILE_ARGUMENT' }));
    const source = readerOf((out) => out.varText(path));
    expect(() => readDevice(3, source, 100)).toThrow(expect.objectContaining({ code: 'TSFILE_DAMAGED' }));
  });

  it('are ordered by segments in version 4, and by paths in version 3', () => {
    const [lines, plain] = [deviceOfPath('root.a.lines.x'), deviceOfPath('root.a.plain')];
    expect(Math.sign(compareDevices(lines, plain))).toBe(1);
    expect(Math.sign(comparePaths(lines, plain))).toBe(-1);
    expect(compareDevices(['t', 'a'], ['t', 'a'])).toBe(0);
    expect(compareDevices(['t'], ['t', 'a'])).toBeLessThan(0);
    expect(compareDevices(['t', null, 'b'], ['t', 'a'])).toBeLessThan(0);
    expect(compareDevices(['t', 'a'], ['t', null])).toBeGreaterThan(0);
  });
});

describe('the hash', () => {
  // Computed by the official Java library, org.apache.tsfile.utils.Murmur128Hash of tsfile 2.4.0.
  it.each<[string, number, number]>([
    ['', 5, -1795273567],
    ['', 7, 1196418449],
    ['', 59, -523148402],
    ['a', 5, 623062375],
    ['a', 7, 1387394267],
    ['a', 59, 812441596],
    ['root.plant.line4.temperature', 5, 1074501819],
    ['root.plant.line4.temperature', 7, -206544317],
    ['root.plant.line4.temperature', 59, 1259725886],
    ['0123456789abcdef', 5, -1940275056],
    ['0123456789abcdef', 7, -850590416],
    ['0123456789abcdef', 59, 90899313],
    ['grün.中文.üß', 5, -702368030],
    ['grün.中文.üß', 7, -1475881091],
    ['grün.中文.üß', 59, 542044257],
    ['sixteen bytes ok and then some ÿÿÿ', 5, -1914496812],
    ['sixteen bytes ok and then some ÿÿÿ', 7, 68363690],
    ['sixteen bytes ok and then some ÿÿÿ', 59, 28214312],
  ])('of %j with seed %i is %i', (text, seed, hash) => {
    expect(murmurHash(Buffer.from(text), seed)).toBe(hash);
  });
});

describe('the bloom filter', () => {
  it('knows what it was told, and little else, before and after it was written', () => {
    const filter = BloomFilter.forSeries(1000);
    const device = deviceOfPath('root.plant.line4');
    for (let i = 0; i < 1000; i++) filter.add(device, `m${i}`);
    const again = BloomFilter.read(readerOf((out) => filter.write(out)));
    for (const it of [filter, again!]) {
      let wrong = 0;
      for (let i = 0; i < 1000; i++) {
        expect(it.mayHave(device, `m${i}`)).toBe(true);
        if (it.mayHave(device, `other${i}`)) wrong++;
      }
      expect(wrong).toBeLessThan(100);
    }
  });

  it('that was told nothing is none', () => {
    expect(BloomFilter.read(readerOf((out) => BloomFilter.forSeries(1).write(out)))).toBeUndefined();
  });
});

describe('statistics', () => {
  it.each<MeasuredType>([...dataTypes, timeColumnType])('of type %i come back, empty', (type) => {
    const source = readerOf((out) => writeStatistics(type, emptyStatistics(type), out));
    const back = readStatistics(type, source);
    expect(back).toEqual(emptyStatistics(type));
    expect(source.remaining).toBe(0);
  });

  it('merge', () => {
    const of = (count: number, startTime: bigint, rest: Partial<Statistics>): Statistics => ({
      count,
      startTime,
      endTime: startTime + 5n,
      ...rest,
    });
    const a = of(2, 1n, { min: 1, max: 9, first: 9, last: 1, sum: 10n });
    const b = of(1, 10n, { min: 0, max: 0, first: 0, last: 0, sum: 0n });
    expect(mergeStatistics(a, b)).toEqual({
      count: 3,
      startTime: 1n,
      endTime: 15n,
      min: 0,
      max: 9,
      first: 9,
      last: 0,
      sum: 10n,
    });
    const empty = emptyStatistics(1);
    expect(mergeStatistics(empty, a)).toBe(a);
    expect(mergeStatistics(a, empty)).toBe(a);
    const nothing = of(1, 20n, {
      min: Number.NaN,
      max: Number.NaN,
      first: Number.NaN,
      last: Number.NaN,
      sum: Number.NaN,
    });
    expect(mergeStatistics(a, nothing)).toMatchObject({ min: 1, max: 9 });
    expect(mergeStatistics(nothing, a)).toMatchObject({ min: 1, max: 9 });
  });

  it('that end before they start are refused', () => {
    const source = readerOf((out) => writeStatistics(timeColumnType, { count: 1, startTime: 2n, endTime: 1n }, out));
    expect(() => readStatistics(timeColumnType, source)).toThrow('end before they start');
  });
});

it('names over the limit are refused', () => {
  const source = readerOf((out) => writeDevice(['a'.repeat(20)], out));
  expect(() => readDevice(4, source, 10)).toThrow(expect.objectContaining({ code: 'TSFILE_OVER_LIMITS' }));
});
