import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { binariesOf } from '../binaries.ts';
import { Compression } from '../compression/compression.ts';
import { DataType } from '../data-type.ts';
import { Encoding } from '../encoding.ts';
import { MemorySink, memorySource } from '../io/memory.ts';
import { openTsFile, TsFileReader } from '../reader/tsfile-reader.ts';
import { testdata } from '../testing/text-form.ts';
import { TsFileWriter } from '../writer/tsfile-writer.ts';
import { describeTsFile } from './describe-file.ts';
import { inspectTsFile } from './inspect-file.ts';

async function sample(): Promise<TsFileReader> {
  const sink = new MemorySink();
  const writer = new TsFileWriter(sink, { pageRows: 2 });
  const compression = Compression.UNCOMPRESSED;
  const times = BigInt64Array.of(1n, 2n, 3n);
  const level = { measurement: 'level', dataType: DataType.INT32, encoding: Encoding.PLAIN, compression };
  await writer.writeSeries('root.a.b', level, times, { values: Int32Array.of(4, -1, 7) });
  const note = { measurement: 'note', dataType: DataType.STRING, compression };
  const column = {
    values: binariesOf(['on', '', 'a text that is longer than what is shown of it']),
    nulls: Uint8Array.of(2),
  };
  await writer.writeAligned('root.a.c', times, [{ schema: note, column }], compression);
  await writer.finish();
  return TsFileReader.open(memorySource(sink.bytes));
}

it('describes everything that the index and the headers say', async () => {
  const file = await inspectTsFile(await sample(), { withChunks: true });
  const long = '"a text that is longer than what …"';
  const extremes = `min ${long}, max "on", first "on", last ${long}`;
  expect(describeTsFile(file)).toEqual([
    'TsFile of version 4, 989 bytes',
    '  data 605 bytes, index 384 bytes, bloom filter of 256 bits and 5 hashes',
    'root.a.b',
    '  level INT32: 1 chunk, 3 values, times 1 to 3, min -1, max 7, first 4, last 7, sum 10',
    '    chunk at 18: PLAIN, UNCOMPRESSED, 139 bytes of 53, 3 values, times 1 to 3, min -1, max 7, first 4, last 7, sum 10',
    '      page at 73: 27 bytes of 27, 2 values, times 1 to 2, min -1, max 4, first 4, last -1, sum 3',
    '      page at 143: 26 bytes of 26, 1 value, times 3 to 3, min 7, max 7, first 7, last 7, sum 7',
    'root.a.c',
    '  times of aligned series: 1 chunk, 3 values, times 1 to 3',
    '    chunk at 180: TS_2DIFF, UNCOMPRESSED, 86 bytes of 48, 3 values, times 1 to 3',
    '      page at 205: 24 bytes of 24, 2 values, times 1 to 2',
    '      page at 248: 24 bytes of 24, 1 value, times 3 to 3',
    `  note STRING, aligned: 1 chunk, 2 values, times 1 to 3, ${extremes}`,
    `    chunk at 272: PLAIN, UNCOMPRESSED, 322 bytes of 60, 2 values, times 1 to 3, ${extremes}`,
    '      page at 326: 8 bytes of 8, 1 value, times 1 to 1, min "on", max "on", first "on", last "on"',
    `      page at 553: 52 bytes of 52, 1 value, times 3 to 3, min ${long}, max ${long}, first ${long}, last ${long}`,
  ]);
});

it('describes no more series than asked for, and says that there are more', async () => {
  const reader = await sample();
  expect(await inspectTsFile(reader, { seriesMax: 1 })).toMatchObject({
    isCut: true,
    devices: [{ device: 'root.a.b' }],
  });
  expect(await inspectTsFile(reader, { seriesMax: 3 })).toMatchObject({ isCut: false });
  await expect(inspectTsFile(reader, { seriesMax: -1 })).rejects.toMatchObject({ code: 'TSFILE_ARGUMENT' });
});

it('describes files of the table model', async () => {
  const reader = await openTsFile(fileURLToPath(new URL('python-table.tsfile', testdata)));
  const lines = describeTsFile(await inspectTsFile(reader));
  await reader.close();
  expect(lines).toContain('  table machines: plant, line, temperature, state');
  expect(lines).toContain('machines.north.a');
  expect(lines).toContain('  temperature DOUBLE, aligned: 1 chunk, no values');
});
