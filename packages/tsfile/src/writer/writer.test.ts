import { mkdtemp, readdir, readFile, rm, writeFile as writeOnDisk } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binariesOf } from '../binaries.ts';
import { DataType } from '../data-type.ts';
import { Encoding } from '../encoding.ts';
import { MemorySink, memorySource } from '../io/memory.ts';
import { openTsFile, TsFileReader } from '../reader/tsfile-reader.ts';
import { createTsFile, type SeriesSchema, TsFileWriter } from './tsfile-writer.ts';

const level: SeriesSchema = { measurement: 'level', dataType: DataType.INT32 };
const note: SeriesSchema = { measurement: 'note', dataType: DataType.TEXT };
const times = BigInt64Array.of(1n, 2n, 3n);
const values = { values: Int32Array.of(7, 8, 9) };
const texts = { values: binariesOf(['a', 'b', 'c']) };
const path = 'root.plant.line4';

async function finished(writer: TsFileWriter, sink: MemorySink): Promise<TsFileReader> {
  await writer.finish();
  return TsFileReader.open(memorySource(sink.bytes));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

async function levels(reader: TsFileReader): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { times: found, column } of reader.scan(path, 'level')) rows.push([...found], column.values);
  return rows;
}

describe('what makes no sense is refused, and changes nothing', () => {
  const cases: [string, (writer: TsFileWriter) => Promise<unknown>][] = [
    ['no rows', (it) => it.writeSeries(path, level, new BigInt64Array(0), { values: new Int32Array(0) })],
    ['equal times', (it) => it.writeSeries(path, level, BigInt64Array.of(4n, 5n, 5n), values)],
    ['times in disorder', (it) => it.writeSeries(path, level, BigInt64Array.of(2n ** 40n, 5n, 6n), values)],
    ['times behind which something was written', (it) => it.writeSeries(path, level, times, values)],
    ['a time that was written', (it) => it.writeSeries(path, level, BigInt64Array.of(3n, 4n, 5n), values)],
    ['values of another type', (it) => it.writeSeries(path, level, times, { values: new Float64Array(3) })],
    ['too few values', (it) => it.writeSeries(path, level, times, { values: new Int32Array(2) })],
    ['nulls in a series by itself', (it) => it.writeSeries(path, level, times, { ...values, nulls: Uint8Array.of(1) })],
    [
      'too few nulls',
      (it) => it.writeAligned('root.x.y', times, [{ schema: level, column: { ...values, nulls: new Uint8Array(0) } }]),
    ],
    [
      'another type of the same series',
      (it) =>
        it.writeSeries(path, { ...note, measurement: 'level' }, BigInt64Array.of(9n), { values: binariesOf(['x']) }),
    ],
    [
      'an encoding of another type',
      (it) => it.writeSeries(path, { ...level, encoding: Encoding.DICTIONARY }, times, values),
    ],
    ['no name', (it) => it.writeSeries(path, { ...level, measurement: '' }, times, values)],
    ['a malformed path', (it) => it.writeSeries('root..a', level, times, values)],
    ['a device of no segments', (it) => it.writeSeries([], level, times, values)],
    ['aligned series of a device with others', (it) => it.writeAligned(path, times, [{ schema: note, column: texts }])],
    ['no columns', (it) => it.writeAligned('root.x.y', times, [])],
    [
      'a column twice',
      (it) =>
        it.writeAligned('root.x.y', times, [
          { schema: level, column: values },
          { schema: level, column: values },
        ]),
    ],
  ];

  it.each(cases)('%s', async (_, misuse) => {
    const sink = new MemorySink();
    const writer = new TsFileWriter(sink);
    await writer.writeSeries(path, level, times, values);
    const size = writer.sizeBytes;
    await expect(misuse(writer)).rejects.toMatchObject({ code: 'TSFILE_ARGUMENT', offset: undefined });
    expect(writer.sizeBytes).toBe(size);
    await writer.writeSeries(path, level, BigInt64Array.of(10n), { values: Int32Array.of(10) });
    const reader = await finished(writer, sink);
    expect(await levels(reader)).toEqual([[1n, 2n, 3n], values.values, [10n], Int32Array.of(10)]);
    const devices = [];
    for await (const device of reader.devices()) devices.push(device);
    expect(devices).toEqual([['root.plant', 'line4']]);
  });

  it('pages of no rows, or of too many', () => {
    expect(() => new TsFileWriter(new MemorySink(), { pageRows: 0 })).toThrow('pageRows must be');
    expect(() => new TsFileWriter(new MemorySink(), { pageRows: 2 ** 22 + 1 })).toThrow('readers take at most');
  });

  it('one call before the last has ended, and any behind the end', async () => {
    const writer = new TsFileWriter(new MemorySink());
    const first = writer.writeSeries(path, level, times, values);
    await expect(writer.finish()).rejects.toThrow('has not ended yet');
    await first;
    await writer.finish();
    await expect(writer.finish()).rejects.toThrow('the file has ended');
  });
});

describe('aligned series', () => {
  it('that are left out later have no values there, and new ones are refused', async () => {
    const sink = new MemorySink();
    const writer = new TsFileWriter(sink);
    await writer.writeAligned(path, times, [
      { schema: level, column: values },
      { schema: note, column: texts },
    ]);
    await writer.writeAligned(path, BigInt64Array.of(5n), [{ schema: note, column: { values: binariesOf(['d']) } }]);
    const other = { schema: { ...level, measurement: 'other' }, column: { values: Int32Array.of(1) } };
    await expect(writer.writeAligned(path, BigInt64Array.of(6n), [other])).rejects.toMatchObject({
      code: 'TSFILE_ARGUMENT',
    });
    const reader = await finished(writer, sink);
    expect((await reader.series(path, 'level'))?.chunks.map(({ statistics }) => statistics.count)).toEqual([3, 0]);
    const blocks: unknown[] = [];
    for await (const { times: found, columns } of reader.scanAligned(path, ['level', 'absent', 'note'])) {
      blocks.push([[...found], columns.map((column) => column !== undefined)]);
    }
    expect(blocks).toEqual([
      [
        [1n, 2n, 3n],
        [true, false, true],
      ],
      [[5n], [false, false, true]],
    ]);
    expect(await levels(reader)).toEqual([[1n, 2n, 3n], values.values]);
  });
});

describe('official readers stop at a mark within GORILLA and CHIMP', () => {
  it.each([Encoding.GORILLA, Encoding.CHIMP])('so the smallest integer is encoded otherwise: %i', async (encoding) => {
    const sink = new MemorySink();
    const writer = new TsFileWriter(sink);
    const wide = { measurement: 'wide', dataType: DataType.INT64, encoding };
    await writer.writeSeries(path, { ...level, encoding }, times, { values: Int32Array.of(1, -(2 ** 31), 3) });
    await writer.writeSeries(path, wide, times, { values: BigInt64Array.of(1n, -(2n ** 63n), 3n) });
    await writer.writeSeries('root.a.b', { ...level, encoding }, times, values);
    const reader = await finished(writer, sink);
    const used = [];
    for (const [device, name] of [
      [path, 'level'],
      [path, 'wide'],
      ['root.a.b', 'level'],
    ] as const) {
      const series = (await reader.series(device, name))!;
      used.push((await reader.readChunk(series, series.chunks[0]!)).chunk.encoding);
    }
    expect(used).toEqual([Encoding.TS_2DIFF, Encoding.TS_2DIFF, encoding]);
  });
});

describe('times', () => {
  it('may be given as numbers', async () => {
    const sink = new MemorySink();
    const writer = new TsFileWriter(sink);
    await writer.writeSeries(path, level, Float64Array.of(-(2 ** 53), -1, 2 ** 52), values);
    expect(await levels(await finished(writer, sink))).toEqual([[-(2n ** 53n), -1n, 2n ** 52n], values.values]);
  });
});

describe('files on disk', () => {
  const inFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'tsfile-'));
    try {
      await use(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it.each([true, false])('are written and read, durably: %s', (isDurable) =>
    inFolder(async (folder) => {
      const file = join(folder, 'a.tsfile');
      const writer = await createTsFile(file, { isDurable });
      const many = Int32Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 2_654_435_761));
      const long = BigInt64Array.from(many, (_, i) => BigInt(i));
      await writer.writeSeries(path, { ...level, encoding: Encoding.PLAIN, compression: 0 }, long, { values: many });
      const { sizeBytes } = await writer.finish();
      expect((await readFile(file)).length).toBe(sizeBytes);
      const reader = await openTsFile(file);
      let count = 0;
      for await (const { column } of reader.scan(path, 'level')) {
        const found = column.values as Int32Array;
        const given = many.subarray(count, count + found.length);
        // By itself `toEqual` would look at 300,000 values one by one, which takes seconds.
        if (!bytesOf(found).equals(bytesOf(given))) expect(found).toEqual(given);
        count += found.length;
      }
      expect(count).toBe(many.length);
      await reader.close();
    }),
  );

  it('that are there are left alone', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'a.tsfile');
      await writeOnDisk(file, 'mine');
      await expect(createTsFile(file)).rejects.toMatchObject({ code: 'EEXIST' });
      expect(await readFile(file, 'utf8')).toBe('mine');
    }));

  it('are not left behind by options that make no sense', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'a.tsfile');
      await expect(createTsFile(file, { pageRows: 1.5 })).rejects.toThrow('pageRows must be a positive integer');
      await expect(createTsFile(file, { pageTextBytes: 0 })).rejects.toThrow(
        'pageTextBytes must be a positive integer',
      );
      expect(await readdir(folder)).toEqual([]);
    }));

  it('that are given up are gone', () =>
    inFolder(async (folder) => {
      const writer = await createTsFile(join(folder, 'a.tsfile'));
      await writer.writeSeries(path, level, times, values);
      await writer.abort();
      await expect(writer.finish()).rejects.toThrow('the file has ended');
      expect(await readdir(folder)).toEqual([]);
    }));

  it('that are not there, or no TsFiles, are not opened', () =>
    inFolder(async (folder) => {
      await expect(openTsFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
      await writeOnDisk(join(folder, 'text'), 'a text that is long enough');
      await expect(openTsFile(join(folder, 'text'))).rejects.toMatchObject({ code: 'TSFILE_NOT_ONE' });
    }));
});

describe('series one after another', () => {
  const two53 = 2 ** 53;

  async function timesBack(...given: readonly (BigInt64Array | Float64Array)[]): Promise<bigint[][]> {
    const sink = new MemorySink();
    const writer = new TsFileWriter(sink, { pageRows: 2 });
    // A caller's memory is its own again after each chunk.
    const memory = [new BigInt64Array(3), new Float64Array(3)] as const;
    for (const [i, each] of given.entries()) {
      const place = memory[each instanceof Float64Array ? 1 : 0].subarray(0, each.length);
      place.set(each as never);
      const schema = { measurement: `s${i}`, dataType: DataType.INT32 };
      await writer.writeSeries(path, schema, place, { values: new Int32Array(each.length) });
      new Uint8Array(place.buffer).fill(0);
    }
    const reader = await finished(writer, sink);
    const back: bigint[][] = [];
    for (const i of given.keys()) {
      const found: bigint[] = [];
      for await (const block of reader.scan(path, `s${i}`)) found.push(...block.times);
      back.push(found);
    }
    return back;
  }

  it.each([
    ['the same times', [1, 2, 3], [1, 2, 3]],
    ['another time at the end', [1, 2, 3], [1, 2, 4]],
    ['another time at the beginning', [1, 2, 3], [0, 2, 3]],
    ['fewer', [1, 2, 3], [1, 2]],
    ['more', [1, 2], [1, 2, 3]],
    ['times that differ in their upper half only', [1, 2, two53], [1, 2, two53 - 2 ** 32]],
  ])('%s', async (_, first, second) => {
    const numbers = [Float64Array.from(first), Float64Array.from(second)] as const;
    const exact = [BigInt64Array.from(first, BigInt), BigInt64Array.from(second, BigInt)] as const;
    const expected = [first.map(BigInt), second.map(BigInt)];
    expect(await timesBack(numbers[0], numbers[1])).toEqual(expected);
    expect(await timesBack(exact[0], exact[1])).toEqual(expected);
    expect(await timesBack(exact[0], numbers[1])).toEqual(expected);
  });

  it('times that are equal as numbers only', async () => {
    const exact = BigInt64Array.of(1n, BigInt(two53) + 1n);
    expect(await timesBack(exact, Float64Array.of(1, two53))).toEqual([[...exact], [1n, BigInt(two53)]]);
  });

  it('the same times in other pages, since texts are long', async () => {
    const sink = new MemorySink();
    const writer = new TsFileWriter(sink, { pageTextBytes: 8 });
    const long = { values: binariesOf(['xxxxxxxx', 'yyyyyyyy', 'zzzzzzzz']) };
    await writer.writeSeries(path, level, times, values);
    await writer.writeSeries(path, note, times, long);
    const reader = await finished(writer, sink);
    for (const name of ['level', 'note']) {
      const found: bigint[] = [];
      for await (const block of reader.scan(path, name)) found.push(...block.times);
      expect(found).toEqual([...times]);
    }
  });
});
