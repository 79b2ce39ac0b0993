// Small files in memory.

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

/** Reads all there is, in every way; gives the number of values. */
export async function readAll(bytes: Buffer, limits: Partial<TsFileLimits> = {}): Promise<number> {
  const reader = await openFile(bytes, limits);
  let values = 0;
  for await (const device of reader.devices()) {
    for await (const series of reader.seriesOf(device)) {
      for (const chunk of series.chunks) await reader.spanStatistics(series, chunk);
      for await (const { times } of reader.scan(device, series.measurement)) values += times.length;
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
