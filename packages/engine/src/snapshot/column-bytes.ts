// Columns of values in a snapshot: typed arrays as they lie in memory; texts as the length of each in bytes, u32, and then
// all of them as UTF-8. That is not how checksums see texts: one look at all of them is several times as fast as one at each.

import { isAscii, isUtf8 } from 'node:buffer';
import { type ByteReader, type ByteWriter, textValueBytesMax, WireError } from '@balsa/wire';
import { BlobCells, type Cells, TextCells } from '../cells.ts';

/** Fills a typed array. */
export function readMemory<Values extends ArrayBufferView>(bytes: ByteReader, values: Values): Values {
  bytes.fill(values);
  return values;
}

/** @throws WireError BYTES_MALFORMED: one is neither 0 nor 1. */
export function readBooleans(bytes: ByteReader, count: number): Uint8Array {
  const values = readMemory(bytes, new Uint8Array(count));
  for (let i = 0; i < count; i++) {
    if (values[i]! > 1) throw new WireError('BYTES_MALFORMED', 'a BOOLEAN is neither 0 nor 1');
  }
  return values;
}

export function writeTexts(out: ByteWriter, texts: Cells<string>): void {
  let joined = '';
  for (let i = 0; i < texts.length; i++) joined += texts[i]!;
  const bytes = Buffer.from(joined, 'utf8');
  const isSimple = bytes.length === joined.length;
  for (let i = 0; i < texts.length; i++) out.u32(isSimple ? texts[i]!.length : Buffer.byteLength(texts[i]!));
  out.raw(bytes);
}

/** Takes everything up to the end. @throws WireError: these are not so many texts, or one is too long or not UTF-8. */
export function readTexts(bytes: ByteReader, count: number): TextCells {
  bytes.expect(count, Uint32Array.BYTES_PER_ELEMENT);
  const lengths = new Uint32Array(count);
  bytes.fill(lengths);
  const all = bytes.rest();
  const isSimple = isAscii(all);
  if (!isSimple && !isUtf8(all)) throw notUtf8();
  const texts = TextCells.empty(count);
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = start + lengths[i]!;
    if (lengths[i]! > textValueBytesMax || end > all.length) {
      throw new WireError('BYTES_MALFORMED', `a text claims ${lengths[i]} bytes`);
    }
    if (!isSimple && end < all.length && isContinuation(all[end]!)) throw notUtf8();
    texts[i] = all.toString(isSimple ? 'latin1' : 'utf8', start, end);
    start = end;
  }
  if (start !== all.length) throw new WireError('BYTES_MALFORMED', `${all.length - start} bytes of text are left over`);
  return texts;
}

/** As texts: the length of each, and then all of them. */
export function writeBlobs(out: ByteWriter, blobs: Cells<Uint8Array>): void {
  for (let i = 0; i < blobs.length; i++) out.u32(blobs[i]!.length);
  for (let i = 0; i < blobs.length; i++) out.raw(blobs[i]!);
}

/** Takes everything up to the end. @throws WireError: these are not so many blobs, or one is too long. */
export function readBlobs(bytes: ByteReader, count: number): BlobCells {
  bytes.expect(count, Uint32Array.BYTES_PER_ELEMENT);
  const lengths = new Uint32Array(count);
  bytes.fill(lengths);
  const blobs = BlobCells.empty(count);
  for (let i = 0; i < count; i++) {
    if (lengths[i]! > textValueBytesMax) throw new WireError('BYTES_MALFORMED', `a blob claims ${lengths[i]} bytes`);
    blobs[i] = Uint8Array.from(bytes.raw(lengths[i]!));
  }
  bytes.finish();
  return blobs;
}

/** Does the byte lie within a character? */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function notUtf8(): WireError {
  return new WireError('BYTES_MALFORMED', 'a text is not UTF-8');
}
