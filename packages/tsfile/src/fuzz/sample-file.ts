// A small file that has something of everything.

import { binariesOf } from '../binaries.ts';
import type { Values } from '../column.ts';
import { compressions } from '../compression/compression.ts';
import { DataType, dataTypeName, dataTypes } from '../data-type.ts';
import { MemorySink } from '../io/memory.ts';
import { TsFileWriter } from '../writer/tsfile-writer.ts';

/** Every type, by itself and aligned, each compressed in another way, on several pages, with statistics of spans. */
export async function smallFile(): Promise<Buffer> {
  const times = BigInt64Array.of(1n, 2n, 4n, 8n, 9n);
  const sink = new MemorySink();
  const writer = new TsFileWriter(sink, { pageLayout: () => ({ rows: 3, statisticsSpan: 3n }) });
  const columns = dataTypes.map((dataType, i) => ({
    schema: { measurement: dataTypeName(dataType), dataType, compression: compressions[i % compressions.length]! },
    column: { values: fiveValues(dataType), nulls: Uint8Array.of(i) },
  }));
  for (const { schema, column } of columns) {
    await writer.writeSeries('root.small.plain', schema, times, { values: column.values });
  }
  await writer.writeAligned('root.small.aligned', times, columns);
  await writer.finish();
  return sink.bytes;
}

/** At least five of each type. */
export function fiveValues(type: DataType): Values {
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
