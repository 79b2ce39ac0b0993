// Times of pages that were read last. Series of one device are mostly written together, at regular times: then the times of their pages
// are the same, and a few bytes in each. They are decoded once.

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { TsFileLimits } from '../limits.ts';

/** Bytes of times that are worth a look: a block without differences that differ, or two. */
const bytesMax = 48;
/** Those of a day by hours, or of some series side by side; of pages of a usual size two megabytes. */
const pagesMax = 64;
/** Larger pages are not kept. */
const rowsMax = 4096;

const recent = new Map<string, Float64Array>();

/** What `decode` makes of the source, or has made of the same bytes. Nobody may write to it. Leaves the source where `decode` does. */
export function regularTimes(
  source: ByteReader,
  { pageRowsMax }: TsFileLimits,
  decode: (source: ByteReader) => Float64Array,
): Float64Array {
  if (source.remaining > bytesMax) return decode(source);
  const key = source.bytes.toString('latin1', source.position, source.end);
  const known = recent.get(key);
  if (known !== undefined && known.length <= pageRowsMax) {
    source.position = source.end;
    return known;
  }
  const times = decode(source);
  if (times.length > rowsMax) return times;
  recent.set(key, times);
  for (const oldest of recent.keys()) {
    if (recent.size <= pagesMax) break;
    recent.delete(oldest);
  }
  return times;
}
