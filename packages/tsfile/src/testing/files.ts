// Small files in memory.

import { binariesOf } from '../binaries.ts';
import type { Values } from '../column.ts';
import { compressions } from '../compression/compression.ts';
import { DataType, dataTypeName, dataTypes } from '../data-type.ts';
import { MemorySink, memorySource } from '../io/memory.ts';
import { pathOfDevice } from '../layout/device-id.ts';
import type { TsFileLimits } from '../limits.ts';
import { readTsFileStream } from '../reader/stream-reader.ts';
import { TsFileReader } from '../reader/tsfile-reader.ts';
import { TsFileWriter, type TsFileWriterOptions } from '../writer/tsfile-writer.ts';

export async function writeFile(
  write: (writer: TsFileWriter) => Promise<void>,
  options: TsFileWriterOptions = {},
): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = new TsFileWriter(sink, options);
  await write(writer);
  await writer.finish();
  return sink.bytes;
}

export function openFile(bytes: Uint8Array, limits: Partial<TsFileLimits> = {}): Promise<TsFileReader> {
  return TsFileReader.open(memorySource(bytes), limits);
}

/** Every type, by itself and aligned, each compressed in another way, on several pages. */
export function smallFile(): Promise<Buffer> {
  const times = BigInt64Array.of(1n, 2n, 4n, 8n, 9n);
  return writeFile(
    async (writer) => {
      const columns = dataTypes.map((dataType, i) => ({
        schema: { measurement: dataTypeName(dataType), dataType, compression: compressions[i % compressions.length]! },
        column: { values: fiveValues(dataType), nulls: Uint8Array.of(i) },
      }));
      for (const { schema, column } of columns) {
        await writer.writeSeries('root.small.plain', schema, times, { values: column.values });
      }
      await writer.writeAligned('root.small.aligned', times, columns);
    },
    { pageRows: 3 },
  );
}

function fiveValues(type: DataType): Values {
  switch (type) {
    case DataType.BOOLEAN:
      return Uint8Array.of(0, 1, 1, 0, 1);
    case DataType.INT32:
    case DataType.DATE:
      return Int32Array.of(20_240_101, 20_240_102, 20_240_103, 20_240_105, 20_240_229);
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return BigInt64Array.of(1n, -(2n ** 40n), 3n, 3n, 3n);
    case DataType.FLOAT:
      return Float32Array.of(1.5, -2.25, 1e10, 0, 7);
    case DataType.DOUBLE:
      return Float64Array.of(20.5, 20.25, -1e300, 0, 7);
    default:
      return binariesOf(['on', '', 'off', 'grün', 'on']);
  }
}

/** Reads all there is, in every way; gives the number of values. */
export async function readAll(bytes: Buffer, limits: Partial<TsFileLimits> = {}): Promise<number> {
  const reader = await openFile(bytes, limits);
  let values = 0;
  for await (const device of reader.devices()) {
    for await (const { measurement } of reader.seriesOf(device)) {
      for await (const { times } of reader.scan(device, measurement)) values += times.length;
    }
  }
  return values;
}

/** Reads all there is from front to back; gives the number of rows, those without a value included. */
export async function streamAll(bytes: Buffer, limits: Partial<TsFileLimits> = {}): Promise<number> {
  let rows = 0;
  for await (const { device, blocks } of readTsFileStream(onePiece(bytes), limits)) {
    pathOfDevice(device);
    for (const { times } of blocks) rows += times.length;
  }
  return rows;
}

async function* onePiece(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
