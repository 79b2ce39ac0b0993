// Whatever happens to a file, reading it ends, with a code if it fails, and within the limits.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binariesOf } from './binaries.ts';
import { DataType } from './data-type.ts';
import { Encoding } from './encoding.ts';
import { TsFileError } from './errors.ts';
import { smallFile } from './fuzz/sample-file.ts';
import { tailBytes } from './layout/magic.ts';
import { openFile, readAll, streamAll, writeFile } from './testing/files.ts';

const limits = {
  metadataBytesMax: 4096,
  indexBytesMax: 8192,
  chunkBytesMax: 4096,
  pageBytesMax: 1024,
  pageRowsMax: 100,
  chunkRowsMax: 100,
  pageTextBytesMax: 1024,
  nameBytesMax: 64,
};

describe('a file', () => {
  it('is within limits like these as long as it is whole', async () => {
    const bytes = await smallFile();
    expect(await readAll(bytes, limits)).toBe(10 * 5 + 10 * 5 - 15);
    expect(await streamAll(bytes, limits)).toBe(100);
  });

  it('cut off anywhere is refused', async () => {
    const bytes = await smallFile();
    for (let size = 0; size < bytes.length; size += size < 64 || size > bytes.length - 64 ? 1 : 17) {
      const cut = bytes.subarray(0, size);
      for (const read of [openFile(cut, limits), streamAll(cut, limits)]) {
        await expect(read, `${size} bytes`).rejects.toBeInstanceOf(TsFileError);
      }
    }
  });

  it('with damaged bytes is read or refused, never anything else', async () => {
    const bytes = await smallFile();
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(damage, async (places) => {
        const damaged = Buffer.from(bytes);
        for (const [at, bits] of places) damaged[at]! ^= bits;
        for (const read of [readAll, streamAll]) {
          try {
            await read(damaged, limits);
          } catch (error) {
            expect(error).toBeInstanceOf(TsFileError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a refusal', () => {
  it('says where', async () => {
    const bytes = await smallFile();
    const [head, tail] = [Buffer.from(bytes), Buffer.from(bytes)];
    head[2]! ^= 1;
    tail[tail.length - 1]! ^= 1;
    await expect(openFile(head)).rejects.toMatchObject({ code: 'TSFILE_NOT_ONE', offset: 0 });
    await expect(openFile(tail)).rejects.toMatchObject({ code: 'TSFILE_TRUNCATED', offset: bytes.length - tailBytes });
    const version = Buffer.from(bytes);
    version[6] = 5;
    await expect(openFile(version)).rejects.toMatchObject({ code: 'TSFILE_UNSUPPORTED', offset: 6 });
  });

  it('names an encoding that is not read here', async () => {
    const bytes = await writeFile((writer) =>
      writer.writeSeries('root.a.b', { measurement: 'm', dataType: DataType.INT32 }, BigInt64Array.of(1n), {
        values: Int32Array.of(1),
      }),
    );
    // Behind the head, the group's marker and device, and the chunk's marker, name, size, type and compression.
    const at = 7 + 1 + 10 + 1 + 2 + 1 + 1 + 1;
    expect(bytes[at]).toBe(4);
    bytes[at] = 12;
    await expect(readAll(bytes)).rejects.toThrow('SPRINTZ is not read here');
  });
});

describe('what contradicts itself', () => {
  const level = { measurement: 'm', dataType: DataType.INT32, encoding: Encoding.PLAIN, compression: 0 } as const;
  const two = BigInt64Array.of(1n, 2n, 3n, 4n);
  const values = { values: Int32Array.of(5, 6, 7, 8) };
  const plain = () => writeFile((writer) => writer.writeSeries('root.a.b', level, two, values), { pageRows: 2 });
  const aligned = () =>
    writeFile((writer) => writer.writeAligned('root.a.b', two, [{ schema: level, column: values }], 0), {
      pageRows: 2,
    });
  /** Statistics of the rows at times 1 and 2, up to the count. */
  const ofFirstPage = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]);

  it.each([
    ['of a series by itself', plain],
    ['of aligned times', aligned],
  ])('the statistics of a page %s', async (_, write) => {
    const bytes = await write();
    const at = bytes.indexOf(ofFirstPage);
    const count = Buffer.from(bytes);
    count[at] = 3;
    await expect(readAll(count)).rejects.toThrow('a page has 2 values where its statistics say 3');
    const time = Buffer.from(bytes);
    time[at + 8] = 0;
    await expect(readAll(time)).rejects.toThrow('others than its statistics say');
  });

  it('the statistics of a page of values', async () => {
    const bytes = await aligned();
    const at = bytes.indexOf(ofFirstPage, bytes.indexOf(ofFirstPage) + 1);
    bytes[at] = 1;
    await expect(readAll(bytes)).rejects.toThrow('a page has 2 values where its statistics say 1');
  });

  it('the size of a chunk', async () => {
    const bytes = await plain();
    const at = bytes.indexOf(Buffer.from([1, 2, 'm'.charCodeAt(0)])) + 3;
    bytes[at]! |= 0x7f;
    await expect(readAll(bytes)).rejects.toMatchObject({ code: 'TSFILE_TRUNCATED' });
    await expect(readAll(bytes)).rejects.toThrow('reaches beyond the data');
  });

  it('where the data end', async () => {
    const bytes = await plain();
    const { dataBytes } = await openFile(bytes);
    const place = Buffer.alloc(8);
    place.writeBigInt64BE(BigInt(dataBytes));
    bytes[bytes.lastIndexOf(place) + 7]! -= 1;
    await expect(readAll(bytes)).rejects.toThrow('no separator lies where the data are said to end');
    await expect(streamAll(bytes)).rejects.toThrow(`the data end at byte ${dataBytes}, and at ${dataBytes - 1}`);
  });
});

describe('limits', () => {
  it.each([
    ['metadataBytesMax', 100],
    ['indexBytesMax', 100],
    ['chunkBytesMax', 20],
    ['pageBytesMax', 10],
    ['pageRowsMax', 2],
    ['pageTextBytesMax', 3],
    ['nameBytesMax', 5],
  ] as const)('%s', async (name, value) => {
    const bytes = await smallFile();
    await expect(readAll(bytes, { ...limits, [name]: value })).rejects.toMatchObject({ code: 'TSFILE_OVER_LIMITS' });
    if (name === 'indexBytesMax') return;
    await expect(streamAll(bytes, { ...limits, [name]: value })).rejects.toMatchObject({ code: 'TSFILE_OVER_LIMITS' });
  });

  it('chunkRowsMax', async () => {
    const bytes = await smallFile();
    expect(await streamAll(bytes, { ...limits, chunkRowsMax: 5 })).toBe(100);
    await expect(streamAll(bytes, { ...limits, chunkRowsMax: 4 })).rejects.toThrow(
      'a chunk of times has more than 4 rows',
    );
  });

  it('must be positive', async () => {
    await expect(openFile(await smallFile(), { pageRowsMax: 0 })).rejects.toMatchObject({ code: 'TSFILE_ARGUMENT' });
  });

  it('count the texts that a dictionary stands for', async () => {
    const note = { measurement: 'm', dataType: DataType.TEXT, encoding: Encoding.DICTIONARY } as const;
    const times = BigInt64Array.from({ length: 100 }, (_, i) => BigInt(i));
    const column = { values: binariesOf(Array.from({ length: 100 }, () => 'a text of 20 letters')) };
    const bytes = await writeFile((writer) => writer.writeSeries('root.a.b', note, times, column));
    expect(await readAll(bytes, { pageTextBytesMax: 2000 })).toBe(100);
    const refused = { code: 'TSFILE_OVER_LIMITS' };
    await expect(readAll(bytes, { pageTextBytesMax: 1999 })).rejects.toMatchObject(refused);
  });

  it('stop a few bytes from announcing a great many rows', async () => {
    const bytes = await writeFile((writer) =>
      writer.writeSeries(
        'root.a.b',
        { measurement: 'm', dataType: DataType.BOOLEAN, compression: 0 },
        BigInt64Array.of(1n),
        {
          values: Uint8Array.of(1),
        },
      ),
    );
    // The number of differences in the only block of the times.
    const at = bytes.indexOf(Buffer.from([24, 0, 0, 0, 0])) + 1;
    bytes.writeInt32BE(0x7fff_fff0, at);
    await expect(readAll(bytes)).rejects.toMatchObject({ code: 'TSFILE_OVER_LIMITS' });
  });
});
