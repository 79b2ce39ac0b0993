// DICTIONARY: each text once, in the order in which they first occur, then their places in that list, as RLE.
//
//   varint  texts in the dictionary
//   texts:  varint  length, bytes
//   places, as RLE of INT32

import type { Binaries } from '../binaries.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { TsFileLimits } from '../limits.ts';
import { decodeRle32, encodeRle32 } from './rle.ts';

export function encodeDictionary({ bytes, offsets }: Binaries, out: ByteWriter): void {
  const count = offsets.length - 1;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = new Int32Array(count);
  // Latin-1 has a character for every byte, so equal keys are equal bytes.
  const placeOf = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const key = text.toString('latin1', offsets[i], offsets[i + 1]);
    let place = placeOf.get(key);
    if (place === undefined) {
      place = placeOf.size;
      placeOf.set(key, place);
    }
    places[i] = place;
  }
  out.varint(placeOf.size);
  for (const key of placeOf.keys()) {
    out.varint(key.length);
    const at = out.advance(key.length);
    out.bytes.write(key, at, 'latin1');
  }
  encodeRle32(places, out);
}

export function decodeDictionary(count: number, source: ByteReader, limits: TsFileLimits): Binaries {
  const entries = source.varint();
  if (entries < 0) throw source.damaged('a dictionary has a negative number of texts');
  source.expect(entries, 1);
  const starts = new Int32Array(entries);
  const sizes = new Int32Array(entries);
  for (let i = 0; i < entries; i++) {
    const size = source.varint();
    if (size < 0) throw source.damaged('a length is negative');
    starts[i] = source.advance(size);
    sizes[i] = size;
  }
  const places = decodeRle32(count, source);
  const offsets = new Int32Array(count + 1);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const place = places[i]!;
    if (place < 0 || place >= entries) throw source.damaged(`a dictionary of ${entries} texts has none at ${place}`);
    total += sizes[place]!;
    if (total > limits.pageTextBytesMax) {
      throw source.error(
        'TSFILE_OVER_LIMITS',
        `texts of a page are over the limit of ${limits.pageTextBytesMax} bytes`,
      );
    }
    offsets[i + 1] = total;
  }
  const bytes = new Uint8Array(total);
  for (let i = 0; i < count; i++) {
    const from = starts[places[i]!]!;
    const size = sizes[places[i]!]!;
    bytes.set(source.bytes.subarray(from, from + size), offsets[i]);
  }
  return { bytes, offsets };
}
