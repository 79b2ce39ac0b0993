// Files of every type, encoding and compression, written and read by this package: by random access and as a stream.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, isNull, valueCount } from './column.ts';
import { compressionName, compressions } from './compression/compression.ts';
import { dataTypeName, dataTypes } from './data-type.ts';
import { encodingName, encodingsOf } from './encoding.ts';
import { MemorySink, memorySource } from './io/memory.ts';
import { pathOfDevice } from './layout/device-id.ts';
import { readTsFileStream } from './reader/stream-reader.ts';
import { TsFileReader } from './reader/tsfile-reader.ts';
import { plain, timesOf, valuesOf } from './testing/arbitraries.ts';
import { type AlignedColumn, TsFileWriter } from './writer/tsfile-writer.ts';

const device = 'root.plant.line4.oven';

async function write(work: (writer: TsFileWriter) => Promise<void>, pageRows = 100): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = new TsFileWriter(sink, { pageRows });
  await work(writer);
  await writer.finish();
  return sink.bytes;
}

/** Cut into pieces of uneven sizes. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 101)
    yield bytes.subarray(at, at + size);
}

const pairs = dataTypes.flatMap((type) => encodingsOf[type].map((encoding) => ({ type, encoding })));
const cases = pairs.flatMap((pair) => compressions.map((compression) => ({ ...pair, compression })));
const named = cases.map((it) => ({
  ...it,
  name: `${dataTypeName(it.type)} ${encodingName(it.encoding)} ${compressionName(it.compression)}`,
}));

describe.each(named)('$name', ({ type, encoding, compression }) => {
  const schema = { measurement: 'value', dataType: type, encoding, compression };

  it('comes back from a file', async () => {
    await fc.assert(
      fc.asyncProperty(valuesOf(type), async ({ values, count }) => {
        const times = timesOf(count);
        const bytes = await write((writer) => writer.writeSeries(device, schema, times, { values }));
        const reader = await TsFileReader.open(memorySource(bytes));
        const rows = [];
        for await (const block of reader.scan(device, 'value')) rows.push(...rowsOf(block.times, block.column));
        expect(rows).toEqual(rowsOf(times, { values }));
        const streamed = [];
        for await (const chunk of readTsFileStream(pieces(bytes))) {
          expect([pathOfDevice(chunk.device), chunk.measurement, chunk.dataType]).toEqual([device, 'value', type]);
          for (const block of chunk.blocks) streamed.push(...rowsOf(block.times, block.column));
        }
        expect(streamed).toEqual(rows);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});

/** Rows that have a value, as plain things that compare. */
function rowsOf(times: BigInt64Array, column: Column | undefined): unknown[] {
  const rows: unknown[] = [];
  if (column === undefined) return rows;
  expect(valueCount(column.values)).toBe(times.length);
  for (let row = 0; row < times.length; row++) {
    if (!isNull(column.nulls, row)) rows.push([times[row], plain(column.values, row)]);
  }
  return rows;
}

describe('aligned series', () => {
  const columns = fc
    .tuple(...dataTypes.map((type) => fc.tuple(valuesOf(type), fc.infiniteStream(fc.boolean()), fc.boolean())))
    .map((samples) => {
      const count = Math.min(...samples.map(([sample]) => sample.count));
      return samples.map(([{ values }, presence, hasNulls], i): AlignedColumn => {
        const nulls = new Uint8Array((count + 7) >> 3);
        for (let row = 0; row < count; row++) if (presence.next().value) nulls[row >> 3]! |= 1 << (row & 7);
        const dataType = dataTypes[i]!;
        return {
          schema: { measurement: dataTypeName(dataType), dataType },
          column: { values: head(values, count), nulls: hasNulls ? nulls : undefined },
        };
      });
    });

  it('come back with their nulls, from random access and from a stream', async () => {
    await fc.assert(
      fc.asyncProperty(columns, fc.integer({ min: 1, max: 50 }), async (given, pageRows) => {
        const count = valueCount(given[0]!.column.values);
        const times = timesOf(count);
        const bytes = await write((writer) => writer.writeAligned(device, times, given), pageRows);
        const reader = await TsFileReader.open(memorySource(bytes));
        const streamed = new Map<string, unknown[]>();
        for await (const { measurement, blocks } of readTsFileStream(pieces(bytes))) {
          streamed.set(
            measurement,
            [...blocks].flatMap((block) => rowsOf(block.times, block.column)),
          );
        }
        for (const { schema, column } of given) {
          const expected = rowsOf(times, column);
          const found: unknown[] = [];
          for await (const block of reader.scanAligned(device, [schema.measurement])) {
            found.push(...rowsOf(block.times, block.columns[0]));
          }
          expect(found).toEqual(expected);
          const dense: unknown[] = [];
          for await (const block of reader.scan(device, schema.measurement))
            dense.push(...rowsOf(block.times, block.column));
          expect(dense).toEqual(expected);
          expect(streamed.get(schema.measurement)).toEqual(expected);
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
});

function head(values: Column['values'], count: number): Column['values'] {
  return 'offsets' in values
    ? { bytes: values.bytes, offsets: values.offsets.subarray(0, count + 1) }
    : values.subarray(0, count);
}
