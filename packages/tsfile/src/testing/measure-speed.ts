// How fast pages are encoded and decoded, without a disk. Not a test; after a build:
// node packages/tsfile/dist/testing/measure-speed.js

import { binariesOf } from '../binaries.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { sliceValues, type Values } from '../column.ts';
import { type Compression, compressionName, compressions } from '../compression/compression.ts';
import { DataType, dataTypeName } from '../data-type.ts';
import { Encoding, encodingName, encodingsOf } from '../encoding.ts';
import { decodeValues } from '../encodings/decode-values.ts';
import { encodeValues } from '../encodings/encode-values.ts';
import { MemorySink } from '../io/memory.ts';
import { defaultLimits } from '../limits.ts';
import { TsFileWriter } from '../writer/tsfile-writer.ts';
import { openFile } from './files.ts';

const count = 1_000_000;
const pageRows = 10_000;
/** The fastest of so many runs counts: the others met the compiler or another process. */
const runs = 5;

const kinds: readonly { readonly name: string; readonly type: DataType; readonly values: Values }[] = [
  {
    name: 'times',
    type: DataType.INT64,
    values: BigInt64Array.from({ length: count }, (_, i) => BigInt(1.7e12 + i * 1000 + (i % 37 === 0 ? 3 : 0))),
  },
  { name: 'counter', type: DataType.INT32, values: Int32Array.from({ length: count }, (_, i) => i * 3 + (i % 5)) },
  {
    name: 'gauge',
    type: DataType.DOUBLE,
    values: Float64Array.from({ length: count }, (_, i) => Math.round(2000 + 500 * Math.sin(i / 900)) / 100),
  },
  {
    name: 'noise',
    type: DataType.DOUBLE,
    values: Float64Array.from({ length: count }, (_, i) => Math.sin(i * i) * 1000),
  },
  { name: 'state', type: DataType.BOOLEAN, values: Uint8Array.from({ length: count }, (_, i) => (i >> 7) & 1) },
  {
    name: 'words',
    type: DataType.TEXT,
    values: binariesOf(Array.from({ length: count }, (_, i) => ['idle', 'running', 'stopped'][(i >> 5) % 3]!)),
  },
];

console.log(`${count} values in pages of ${pageRows}, million a second, Node ${process.version}`);
console.log('values   type     encoding    encode  decode  bytes a value');
for (const { name, type, values } of kinds) {
  for (const encoding of encodingsOf[type]) {
    const { encode, decode, bytes } = measurePages(type, encoding, values);
    const cells = [name.padEnd(8), dataTypeName(type).padEnd(8), encodingName(encoding).padEnd(10)];
    console.log(
      cells.join(' '),
      rate(encode).padStart(7),
      rate(decode).padStart(7),
      (bytes / count).toFixed(3).padStart(8),
    );
  }
}

console.log('\nA file of times and a gauge in memory, written and scanned, million values a second');
for (const compression of compressions) {
  const { write, scan, bytes } = await measureFile(compression);
  const cells = [compressionName(compression).padEnd(28), rate(write).padStart(7), rate(scan).padStart(7)];
  console.log(cells.join(' '), (bytes / count).toFixed(3).padStart(8));
}

function measurePages(
  type: DataType,
  encoding: Encoding,
  values: Values,
): { encode: number; decode: number; bytes: number } {
  const pages: Buffer[] = [];
  const out = new ByteWriter(1 << 20);
  const encode = fastest(() => {
    pages.length = 0;
    for (let at = 0; at < count; at += pageRows) {
      out.clear();
      encodeValues(encoding, sliceValues(values, at, at + pageRows), out);
      pages.push(Buffer.from(out.written()));
    }
  });
  const decode = fastest(() => {
    for (const page of pages)
      decodeValues(encoding, type, pageRows, new ByteReader(page, { offset: 0 }), defaultLimits);
  });
  return { encode, decode, bytes: pages.reduce((sum, page) => sum + page.length, 0) };
}

async function measureFile(compression: Compression): Promise<{ write: number; scan: number; bytes: number }> {
  const times = kinds.find(({ name }) => name === 'times')?.values as BigInt64Array;
  const values = kinds.find(({ name }) => name === 'gauge')?.values as Float64Array;
  const schema = { measurement: 'gauge', dataType: DataType.DOUBLE, encoding: Encoding.GORILLA, compression };
  let bytes = Buffer.alloc(0);
  let [write, scan] = [Infinity, Infinity];
  for (let run = 0; run < runs; run++) {
    const start = cpuMs();
    const sink = new MemorySink();
    const writer = new TsFileWriter(sink);
    await writer.writeSeries('root.plant.line4', schema, times, { values });
    await writer.finish();
    write = Math.min(write, cpuMs() - start);
    bytes = Buffer.from(sink.bytes);
    const reader = await openFile(bytes);
    const scanStart = cpuMs();
    for await (const block of reader.scan('root.plant.line4', 'gauge'))
      if (block.times.length === 0) return { write, scan, bytes: 0 };
    scan = Math.min(scan, cpuMs() - scanStart);
  }
  return { write, scan, bytes: bytes.length };
}

/** Milliseconds of the processor. */
function fastest(work: () => void): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = cpuMs();
    work();
    best = Math.min(best, cpuMs() - start);
  }
  return best;
}

/** Others may use the machine. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function rate(elapsedMs: number): string {
  return (count / elapsedMs / 1000).toFixed(1);
}
