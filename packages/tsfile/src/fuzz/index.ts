// What faces a file that somebody else made. The targets have the form that Balsa's fuzzer takes (`FuzzTarget` of
// @balsa/wire/fuzz), without depending on it.

import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { valueCount } from '../column.ts';
import { dataTypeOf, dataTypes } from '../data-type.ts';
import { encodingOf, encodingsOf } from '../encoding.ts';
import { decodeValues } from '../encodings/decode-values.ts';
import { encodeValues } from '../encodings/encode-values.ts';
import { TsFileError } from '../errors.ts';
import { describeTsFile } from '../inspect/describe-file.ts';
import { inspectTsFile } from '../inspect/inspect-file.ts';
import { memorySource } from '../io/memory.ts';
import { limitsWith } from '../limits.ts';
import { readTsFileStream } from '../reader/stream-reader.ts';
import { TsFileReader } from '../reader/tsfile-reader.ts';
import { fiveValues, smallFile } from './sample-file.ts';

export interface TsFileFuzzTarget {
  readonly name: string;
  /** Inputs that are accepted. */
  readonly corpus: readonly Buffer[];
  readonly words?: readonly string[];
  /** Why the input is refused; `undefined` if it is accepted. Throws, or rejects, if a promise is broken. */
  probe(input: Buffer): Promise<string | undefined>;
}

/** As small as what the fuzzer allows an input to cost. */
const limits = limitsWith({
  metadataBytesMax: 1 << 16,
  indexBytesMax: 1 << 16,
  chunkBytesMax: 1 << 16,
  pageBytesMax: 1 << 16,
  pageRowsMax: 1 << 12,
  chunkRowsMax: 1 << 14,
  pageTextBytesMax: 1 << 16,
  nameBytesMax: 1 << 10,
});
const whole = await smallFile();
const words = ['TsFile', '\u0000', '\u0001', '\u0005', 'root.small', 'encryptLevel'];
/** Type, encoding and number of values before a page's values. */
const pageHeadBytes = 4;

export const tsfileTargets: readonly TsFileFuzzTarget[] = [
  { name: 'tsfile/file', corpus: [whole], words, probe: (input) => refusalOf(() => readAll(input)) },
  { name: 'tsfile/stream', corpus: [whole], words, probe: (input) => refusalOf(() => readStream(input)) },
  { name: 'tsfile/inspect', corpus: [whole], words, probe: (input) => refusalOf(() => inspect(input)) },
  { name: 'tsfile/values', corpus: pages(), probe: (input) => refusalOf(async () => decodePage(input)) },
];

async function refusalOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof TsFileError && error.code !== 'TSFILE_ARGUMENT') return error.message;
    throw error;
  }
}

async function readAll(input: Buffer): Promise<void> {
  const reader = await TsFileReader.open(memorySource(input), limits);
  for await (const device of reader.devices()) {
    for await (const series of reader.seriesOf(device)) {
      for (const chunk of series.chunks) await reader.spanStatistics(series, chunk);
      for await (const { times, column } of reader.scan(device, series.measurement)) {
        if (valueCount(column.values) !== times.length) throw new Error('there are not as many values as times');
      }
    }
  }
}

async function readStream(input: Buffer): Promise<void> {
  for await (const { blocks } of readTsFileStream(halves(input), limits)) {
    for (const { times, column } of blocks) {
      if (column && valueCount(column.values) !== times.length)
        throw new Error('there are not as many values as times');
    }
  }
}

async function* halves(input: Buffer): AsyncGenerator<Buffer, void> {
  yield input.subarray(0, input.length >> 1);
  yield input.subarray(input.length >> 1);
}

async function inspect(input: Buffer): Promise<void> {
  const reader = await TsFileReader.open(memorySource(input), limits);
  describeTsFile(await inspectTsFile(reader, { withChunks: true }));
}

function pages(): Buffer[] {
  return dataTypes.flatMap((type) =>
    encodingsOf[type].map((encoding) => {
      const values = fiveValues(type);
      const out = new ByteWriter();
      for (const byte of [type, encoding, 0, valueCount(values)]) out.u8(byte);
      encodeValues(encoding, values, out);
      return Buffer.from(out.written());
    }),
  );
}

function decodePage(input: Buffer): void {
  if (input.length < pageHeadBytes) throw new TsFileError('TSFILE_TRUNCATED', 'no head');
  const type = dataTypeOf(input.readUInt8(0));
  const encoding = encodingOf(input.readUInt8(1));
  const count = input.readUInt16BE(2);
  if (type === undefined || encoding === undefined || count === 0 || count > limits.pageRowsMax) {
    throw new TsFileError('TSFILE_UNSUPPORTED', 'no such page');
  }
  const source = new ByteReader(input.subarray(pageHeadBytes), { offset: 0, isInsidePage: true });
  const values = decodeValues(encoding, type, count, source, limits);
  if (valueCount(values) !== count) throw new Error('there are not as many values as were asked for');
}
