// GORILLA (Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015, section 4.1.2): each
// value as its exclusive or with the one before, of which only the bits between leading and trailing zeros are kept.
//
//   the first value, whole
//   0   the same value again
//   10  bits within those of the last 11
//   11  leading zeros (5 or 6 bits), number of bits less one (5 or 6 bits), bits
//
// A value that stands for the end comes last: official readers stop where they meet it, wherever that is.

import { BitReader } from '../bytes/bit-reader.ts';
import { bits32At, bitWords } from '../bytes/bit-words.ts';
import { BitWriter } from '../bytes/bit-writer.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { TsFileError } from '../errors.ts';
import { countTrailingZeros } from './trailing-zeros.ts';

/** As many as no value has: the first difference always says how many it has. */
const noneYet = 65;
/** The head of the longest form, and all bits. */
const valueBitsMax32 = 12 + 32;
const valueBitsMax64 = 14 + 64;

/** Encodes 32-bit values and the one that stands for the end. */
export function encodeGorilla32(values: Int32Array, end: number, out: ByteWriter): void {
  const bits = new BitWriter(out, (values.length + 1) * valueBitsMax32);
  let previous = values[0]!;
  bits.write32(previous, 32);
  let leading = noneYet;
  let trailing = 0;
  for (let i = 1; i <= values.length; i++) {
    const value = i < values.length ? values[i]! : end;
    const xor = value ^ previous;
    previous = value;
    if (xor === 0) {
      bits.write(0, 1);
      continue;
    }
    const zerosBefore = Math.clz32(xor);
    const zerosBehind = countTrailingZeros(xor);
    if (zerosBefore >= leading && zerosBehind >= trailing) bits.write(0b10, 2);
    else {
      leading = zerosBefore;
      trailing = zerosBehind;
      bits.write((0b11 << 10) | (leading << 5) | (31 - leading - trailing), 12);
    }
    bits.write32(xor >>> trailing, 32 - leading - trailing);
  }
  bits.end();
}

/** Encodes 64-bit values, given as halves, and the one that stands for the end. */
export function encodeGorilla64(halves: Int32Array, endHigh: number, endLow: number, out: ByteWriter): void {
  const count = halves.length / 2;
  const bits = new BitWriter(out, (count + 1) * valueBitsMax64);
  let previousLow = halves[0]!;
  let previousHigh = halves[1]!;
  bits.write64(previousHigh, previousLow, 64);
  let leading = noneYet;
  let trailing = 0;
  for (let i = 1; i <= count; i++) {
    const low = i < count ? halves[2 * i]! : endLow;
    const high = i < count ? halves[2 * i + 1]! : endHigh;
    const xorLow = low ^ previousLow;
    const xorHigh = high ^ previousHigh;
    previousLow = low;
    previousHigh = high;
    if (xorLow === 0 && xorHigh === 0) {
      bits.write(0, 1);
      continue;
    }
    const zerosBefore = xorHigh !== 0 ? Math.clz32(xorHigh) : 32 + Math.clz32(xorLow);
    const zerosBehind = xorLow !== 0 ? countTrailingZeros(xorLow) : 32 + countTrailingZeros(xorHigh);
    if (zerosBefore >= leading && zerosBehind >= trailing) bits.write(0b10, 2);
    else {
      leading = zerosBefore;
      trailing = zerosBehind;
      bits.write((0b11 << 12) | (leading << 6) | (63 - leading - trailing), 14);
    }
    const length = 64 - leading - trailing;
    if (trailing === 0) bits.write64(xorHigh, xorLow, length);
    else if (trailing < 32) {
      bits.write64(xorHigh >>> trailing, (xorLow >>> trailing) | (xorHigh << (32 - trailing)), length);
    } else bits.write32(xorHigh >>> (trailing - 32), length);
  }
  bits.end();
}

export function decodeGorilla32(target: Int32Array, source: ByteReader): void {
  if (target.length === 0) return;
  const bits = new BitReader(source);
  let value = bits.read32(32);
  target[0] = value;
  let length = 0;
  let trailing = 0;
  for (let i = 1; i < target.length; i++) {
    if (bits.read(1) !== 0) {
      if (bits.read(1) !== 0) {
        const leading = bits.read(5);
        length = bits.read(5) + 1;
        trailing = 32 - leading - length;
        if (trailing < 0) throw source.damaged('a value of GORILLA has more than 32 bits');
      } else if (length === 0) throw source.damaged('GORILLA refers to bits that were never given');
      value ^= bits.read32(length) << trailing;
    }
    target[i] = value;
  }
}

/** Fills `halves`. Of values that differ in every digit, as those of sensors do, this is what reading them costs. */
export function decodeGorilla64(halves: Int32Array, source: ByteReader): void {
  if (halves.length === 0) return;
  const bitsEnd = source.remaining * 8;
  const words = bitWords(source.bytes, source.position, source.end);
  let high = bits32At(words, 0);
  let low = bits32At(words, 32);
  let bit = 64;
  if (bit > bitsEnd) throw endsEarly(source);
  halves[0] = low;
  halves[1] = high;
  let length = 0;
  let trailing = 0;
  for (let at = 2; at < halves.length; at += 2) {
    const head = bits32At(words, bit);
    if (head >= 0) bit += 1;
    else {
      if ((head & 0x4000_0000) !== 0) {
        const leading = (head >>> 24) & 63;
        length = ((head >>> 18) & 63) + 1;
        trailing = 64 - leading - length;
        if (trailing < 0) throw source.damaged('a value of GORILLA has more than 64 bits');
        bit += 14;
      } else {
        if (length === 0) throw source.damaged('GORILLA refers to bits that were never given');
        bit += 2;
      }
      let xorHigh = 0;
      if (length > 32) {
        xorHigh = bits32At(words, bit) >>> (64 - length);
        bit += length - 32;
      }
      const lowLength = length > 32 ? 32 : length;
      const xorLow = bits32At(words, bit) >>> (32 - lowLength);
      bit += lowLength;
      if (trailing === 0) {
        high ^= xorHigh;
        low ^= xorLow;
      } else if (trailing < 32) {
        high ^= (xorHigh << trailing) | (xorLow >>> (32 - trailing));
        low ^= xorLow << trailing;
      } else high ^= xorLow << (trailing - 32);
    }
    // One value is shorter than what may be looked at behind the end.
    if (bit > bitsEnd) throw endsEarly(source);
    halves[at] = low;
    halves[at + 1] = high;
  }
}

function endsEarly(source: ByteReader): TsFileError {
  return source.error('TSFILE_TRUNCATED', 'the bits end before the values do');
}
