// ZIGZAG: integers whose sign is the lowest bit, so that small ones of either sign are short, seven bits a byte.
//
//   uvarint  bytes of the values
//   uvarint  number of values
//   values, the low seven bits first

import type { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { halvesOf } from '../int64.ts';
import { freshMemory, type ValueMemory } from '../value-memory.ts';

const body = new ByteWriter();
const bytesMax64 = 10;

export function encodeZigzag32(values: Int32Array, out: ByteWriter): void {
  body.clear();
  for (let i = 0; i < values.length; i++) body.varint(values[i]!);
  put(values.length, out);
}

export function encodeZigzag64(values: BigInt64Array, out: ByteWriter): void {
  body.clear();
  body.reserve(values.length * bytesMax64);
  const { bytes } = body;
  const halves = halvesOf(values);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const sign = halves[2 * i + 1]! >> 31;
    let high = ((halves[2 * i + 1]! << 1) | (halves[2 * i]! >>> 31)) ^ sign;
    let low = (halves[2 * i]! << 1) ^ sign;
    while (high !== 0 || (low & ~0x7f) !== 0) {
      bytes[at++] = (low & 0x7f) | 0x80;
      low = (low >>> 7) | (high << 25);
      high >>>= 7;
    }
    bytes[at++] = low;
  }
  body.length = at;
  put(values.length, out);
}

function put(count: number, out: ByteWriter): void {
  out.uvarint(body.length);
  out.uvarint(count);
  out.raw(body.written());
}

export function decodeZigzag32(count: number, source: ByteReader, memory: ValueMemory = freshMemory): Int32Array {
  expectBody(count, source);
  const values = memory.int32s(count);
  for (let i = 0; i < count; i++) values[i] = source.varint();
  return values;
}

export function decodeZigzag64(count: number, source: ByteReader, memory: ValueMemory = freshMemory): BigInt64Array {
  expectBody(count, source);
  const values = memory.int64s(count);
  const halves = halvesOf(values);
  for (let i = 0; i < count; i++) {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = source.u8();
      if (shift === 63 && byte > 1) throw source.damaged('a value of ZIGZAG is longer than 64 bits');
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      // The fifth byte reaches over the middle.
      if (shift === 28) high |= bits >>> 4;
      else if (shift > 28) high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    const sign = -(low & 1);
    halves[2 * i] = ((low >>> 1) | (high << 31)) ^ sign;
    halves[2 * i + 1] = (high >>> 1) ^ sign;
  }
  return values;
}

/** Every value has at least one byte, so `count` values are there before memory is taken for them. */
function expectBody(count: number, source: ByteReader): void {
  const size = source.uvarint();
  const found = source.uvarint();
  if (found !== count) throw source.damaged(`${found} values are there where ${count} are expected`);
  if (size !== source.remaining)
    throw source.damaged(`${size} bytes of ZIGZAG are announced, ${source.remaining} are there`);
  source.expect(count, 1);
}
