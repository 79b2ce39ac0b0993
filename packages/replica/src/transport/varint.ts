// Whole numbers in as few bytes as they need: seven bits in each, the lowest first; the top bit says that more follow. A
// number has one form only: none ends in a byte that adds nothing.

import { type ByteReader, WireError } from '@balsa/wire';

/** What a safe integer takes at most. */
export const varintBytesMax = 8;

/** What bit operations can hold without a sign. */
const int31Max = 0x7fff_ffff;
const lastScale = 128 ** (varintBytesMax - 1);

/** Writes a safe integer, not negative, at `at`; returns where it ends. There must be room. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let left = value;
  while (left > int31Max) {
    bytes[at++] = (left % 128) | 128;
    left = Math.floor(left / 128);
  }
  while (left > 127) {
    bytes[at++] = (left & 127) | 128;
    left >>>= 7;
  }
  bytes[at++] = left;
  return at;
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED. */
export function readVarint(reader: ByteReader): number {
  let byte = reader.u8();
  if (byte < 128) return byte;
  let value = byte & 127;
  let scale = 1;
  do {
    scale *= 128;
    byte = reader.u8();
    value += (byte & 127) * scale;
  } while (byte > 127 && scale < lastScale);
  if (byte === 0 || byte > 127 || value > Number.MAX_SAFE_INTEGER) {
    throw new WireError('BYTES_MALFORMED', 'a number is longer than it needs to be, or larger than 2^53 - 1');
  }
  return value;
}
