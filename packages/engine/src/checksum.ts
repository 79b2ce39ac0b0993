// The checksum of a store's logical content, in one canonical order: equal content gives equal checksums however it
// arrived and however it lies in chunks.

import { ByteWriter, crc32c } from '@balsa/wire';
import type { SeriesDirectory } from './series-directory.ts';

/** CRC-32C over every series: its path, type, number of points, and the checksums of its times and its values. */
export function directoryChecksum(directory: SeriesDirectory): number {
  let checksum = 0;
  for (const device of directory.all()) {
    for (const measurement of [...device.series.keys()].sort()) {
      const series = device.series.get(measurement)!;
      const content = series.checksums();
      const writer = new ByteWriter(256);
      writer.text16(device.path);
      writer.text16(measurement);
      writer.u8(series.kind.type);
      writer.u64(series.points);
      writer.u32(content.times);
      writer.u32(content.values);
      checksum = crc32c(writer.written(), checksum);
    }
  }
  return checksum;
}
