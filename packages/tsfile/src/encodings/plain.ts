// PLAIN: one value behind the other. INT32 and DATE as zigzag varints, the other numbers big-endian at their full width,
// BOOLEAN as a byte, texts behind their length as zigzag varint.

import { type Binaries, isBinaries } from '../binaries.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { Values } from '../column.ts';
import { DataType } from '../data-type.ts';
import type { TsFileLimits } from '../limits.ts';

export function encodePlain(values: Values, out: ByteWriter): void {
  if (isBinaries(values)) encodeBinaries(values, out);
  else if (values instanceof Uint8Array) out.raw(values);
  else if (values instanceof Int32Array) encodeInt32(values, out);
  else encodeFixed(values, out);
}

/** Decodes `count` values, which must end where the page does. */
export function decodePlain(type: DataType, count: number, source: ByteReader, limits: TsFileLimits): Values {
  switch (type) {
    case DataType.BOOLEAN:
      return decodeBoolean(count, source);
    case DataType.INT32:
    case DataType.DATE:
      return decodeInt32(count, source);
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return new BigInt64Array(littleEndian(count, 8, source));
    case DataType.FLOAT:
      return new Float32Array(littleEndian(count, 4, source));
    case DataType.DOUBLE:
      return new Float64Array(littleEndian(count, 8, source));
    case DataType.TEXT:
    case DataType.STRING:
    case DataType.BLOB:
      return decodeBinaries(count, source, limits);
  }
}

function encodeFixed(values: BigInt64Array | Float32Array | Float64Array, out: ByteWriter): void {
  const at = out.advance(values.byteLength);
  const target = out.bytes.subarray(at, at + values.byteLength);
  target.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  if (values.BYTES_PER_ELEMENT === 8) target.swap64();
  else target.swap32();
}

/** Memory for typed arrays, which must begin at multiples of their elements. */
function littleEndian(count: number, valueBytes: 4 | 8, source: ByteReader): ArrayBuffer {
  source.expect(count, valueBytes);
  const memory = new ArrayBuffer(count * valueBytes);
  const bytes = Buffer.from(memory);
  bytes.set(source.raw(bytes.length));
  if (valueBytes === 8) bytes.swap64();
  else bytes.swap32();
  return memory;
}

function decodeBoolean(count: number, source: ByteReader): Uint8Array {
  const values = Uint8Array.from(source.raw(count));
  for (const value of values) if (value > 1) throw source.damaged(`a boolean is ${value}`);
  return values;
}

const varintBytesMax = 5;

function encodeInt32(values: Int32Array, out: ByteWriter): void {
  out.reserve(values.length * varintBytesMax);
  const { bytes } = out;
  let at = out.length;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let rest = (value << 1) ^ (value >> 31);
    while ((rest & ~0x7f) !== 0) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
  }
  out.length = at;
}

function decodeInt32(count: number, source: ByteReader): Int32Array {
  source.expect(count, 1);
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++) values[i] = source.varint();
  return values;
}

function encodeBinaries({ bytes, offsets }: Binaries, out: ByteWriter): void {
  const count = offsets.length - 1;
  out.reserve(count * varintBytesMax + offsets[count]! - offsets[0]!);
  for (let i = 0; i < count; i++) {
    const from = offsets[i]!;
    const to = offsets[i + 1]!;
    out.varint(to - from);
    const at = out.advance(to - from);
    // Short texts are copied quicker byte by byte than by a call.
    if (to - from < 16) for (let k = from; k < to; k++) out.bytes[at + k - from] = bytes[k]!;
    else out.bytes.set(bytes.subarray(from, to), at);
  }
}

function decodeBinaries(count: number, source: ByteReader, limits: TsFileLimits): Binaries {
  source.expect(count, 1);
  const offsets = new Int32Array(count + 1);
  // Less than what is left, as every text has a length before it.
  if (source.remaining > limits.pageTextBytesMax) {
    throw source.error('TSFILE_OVER_LIMITS', `texts of a page are over the limit of ${limits.pageTextBytesMax} bytes`);
  }
  const bytes = new Uint8Array(source.remaining - count);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const length = source.varint();
    if (length < 0) throw source.damaged('a length is negative');
    const at = source.advance(length);
    if (length > bytes.length - size)
      throw source.error('TSFILE_TRUNCATED', 'the texts end before their number is reached');
    if (length < 16) for (let k = 0; k < length; k++) bytes[size + k] = source.bytes[at + k]!;
    else bytes.set(source.bytes.subarray(at, at + length), size);
    size += length;
    offsets[i + 1] = size;
  }
  return { bytes: bytes.subarray(0, size), offsets };
}
