// CHIMP (Liakos et al., "Chimp: Efficient Lossless Floating Point Compression for Time Series Databases", VLDB 2022,
// section 4.2, the variant that looks at 64 or 128 values before): each value as its exclusive or with the one before, or
// with an earlier one whose lowest bits are the same.
//
//   the first value, whole
//   00  place of an equal value among the last (6 or 7 bits)
//   01  place of a similar value, leading zeros, number of bits (5 or 6), bits: those between the zeros
//   10  bits behind as many leading zeros as before, against the value before
//   11  leading zeros, bits behind them, against the value before
//
// Leading zeros are counted in eight steps (3 bits). A value that stands for the end comes last, as in GORILLA.

import { BitReader } from '../bytes/bit-reader.ts';
import { BitWriter } from '../bytes/bit-writer.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { countTrailingZeros } from './trailing-zeros.ts';

/** The steps in which leading zeros are counted. */
const leadingSteps = Int32Array.of(0, 8, 12, 16, 18, 20, 22, 24);
/** Step below each number of leading zeros. */
const stepBelow = Int32Array.from({ length: 65 }, (_, zeros) => leadingSteps.findLastIndex((step) => step <= zeros));
/** As many leading zeros as no step has: the next value cannot refer to them. */
const noneYet = -1;

/** The head of the longest form, and all bits. */
const valueBitsMax32 = 16 + 32;
const valueBitsMax64 = 18 + 64;

const placeBits32 = 6;
const placeBits64 = 7;
const ring32 = 1 << placeBits32;
const ring64 = 1 << placeBits64;
/** A similar value must have more trailing zeros than this in common, to be worth its place. */
const worthwhile32 = 5 + placeBits32;
const worthwhile64 = 6 + placeBits64;
const keyMask32 = (1 << (worthwhile32 + 1)) - 1;
const keyMask64 = (1 << (worthwhile64 + 1)) - 1;

/** Encodes 32-bit values and the one that stands for the end. */
export function encodeChimp32(values: Int32Array, end: number, out: ByteWriter): void {
  const bits = new BitWriter(out, (values.length + 1) * valueBitsMax32);
  /** The last value with each lowest bits. */
  const lastByKey = new Int32Array(keyMask32 + 1);
  bits.write32(values[0]!, 32);
  let leading = noneYet;
  for (let i = 1; i <= values.length; i++) {
    const value = i < values.length ? values[i]! : end;
    const candidate = lastByKey[value & keyMask32]!;
    const similarity = i - candidate <= ring32 ? value ^ values[candidate]! : -1;
    lastByKey[value & keyMask32] = i;
    if (similarity === 0) {
      bits.write(candidate % ring32, 2 + placeBits32);
      leading = noneYet;
      continue;
    }
    const trailing = countTrailingZeros(similarity);
    if (trailing > worthwhile32) {
      const step = stepBelow[Math.clz32(similarity)]!;
      const length = 32 - leadingSteps[step]! - trailing;
      bits.write((0b01 << (placeBits32 + 8)) | ((candidate % ring32) << 8) | (step << 5) | length, placeBits32 + 10);
      bits.write32(similarity >>> trailing, length);
      leading = noneYet;
      continue;
    }
    const xor = value ^ values[i - 1]!;
    if (xor === 0) {
      bits.write((i - 1) % ring32, 2 + placeBits32);
      leading = noneYet;
      continue;
    }
    const step = stepBelow[Math.clz32(xor)]!;
    if (step === leading) bits.write(0b10, 2);
    else bits.write((0b11 << 3) | step, 5);
    leading = step;
    bits.write32(xor, 32 - leadingSteps[step]!);
  }
  bits.end();
}

/** Encodes 64-bit values, given as halves, and the one that stands for the end. */
export function encodeChimp64(halves: Int32Array, endHigh: number, endLow: number, out: ByteWriter): void {
  const count = halves.length / 2;
  const bits = new BitWriter(out, (count + 1) * valueBitsMax64);
  const lastByKey = new Int32Array(keyMask64 + 1);
  let previousLow = halves[0]!;
  let previousHigh = halves[1]!;
  bits.write64(previousHigh, previousLow, 64);
  let leading = noneYet;
  for (let i = 1; i <= count; i++) {
    const low = i < count ? halves[2 * i]! : endLow;
    const high = i < count ? halves[2 * i + 1]! : endHigh;
    const candidate = lastByKey[low & keyMask64]!;
    const isNear = i - candidate <= ring64;
    const similarLow = low ^ halves[2 * candidate]!;
    const similarHigh = high ^ halves[2 * candidate + 1]!;
    lastByKey[low & keyMask64] = i;
    let xorLow = low ^ previousLow;
    let xorHigh = high ^ previousHigh;
    previousLow = low;
    previousHigh = high;
    if (isNear && similarLow === 0 && similarHigh === 0) {
      bits.write(candidate % ring64, 2 + placeBits64);
      leading = noneYet;
      continue;
    }
    const trailing = trailingZeros64(similarHigh, similarLow);
    if (isNear && trailing > worthwhile64) {
      xorLow = similarLow;
      xorHigh = similarHigh;
      const step = stepBelow[leadingZeros64(xorHigh, xorLow)]!;
      const length = 64 - leadingSteps[step]! - trailing;
      bits.write((0b01 << placeBits64) | (candidate % ring64), 2 + placeBits64);
      bits.write((step << 6) | length, 9);
      if (trailing < 32) {
        bits.write64(xorHigh >>> trailing, (xorLow >>> trailing) | (xorHigh << (32 - trailing)), length);
      } else bits.write32(xorHigh >>> (trailing - 32), length);
      leading = noneYet;
      continue;
    }
    if (xorLow === 0 && xorHigh === 0) {
      bits.write((i - 1) % ring64, 2 + placeBits64);
      leading = noneYet;
      continue;
    }
    const step = stepBelow[leadingZeros64(xorHigh, xorLow)]!;
    if (step === leading) bits.write(0b10, 2);
    else bits.write((0b11 << 3) | step, 5);
    leading = step;
    bits.write64(xorHigh, xorLow, 64 - leadingSteps[step]!);
  }
  bits.end();
}

function leadingZeros64(high: number, low: number): number {
  return high !== 0 ? Math.clz32(high) : 32 + Math.clz32(low);
}

/** 64 of zero. */
function trailingZeros64(high: number, low: number): number {
  if (low !== 0) return countTrailingZeros(low);
  return high !== 0 ? 32 + countTrailingZeros(high) : 64;
}

export function decodeChimp32(target: Int32Array, source: ByteReader): void {
  if (target.length === 0) return;
  const bits = new BitReader(source);
  let value = bits.read32(32);
  target[0] = value;
  let leading = noneYet;
  for (let i = 1; i < target.length; i++) {
    switch (bits.read(2)) {
      case 0b00:
        value = target[placeBefore(i, bits.read(placeBits32), ring32, source)]!;
        break;
      case 0b01: {
        const similar = target[placeBefore(i, bits.read(placeBits32), ring32, source)]!;
        leading = leadingSteps[bits.read(3)]!;
        const length = bits.read(5) || 32;
        const trailing = 32 - leading - length;
        if (trailing < 0) throw source.damaged('a value of CHIMP has more than 32 bits');
        value = similar ^ (bits.read32(length) << trailing);
        break;
      }
      case 0b11:
        leading = leadingSteps[bits.read(3)]!;
        value ^= bits.read32(32 - leading);
        break;
      default:
        if (leading === noneYet) throw source.damaged('CHIMP refers to leading zeros that were never given');
        value ^= bits.read32(32 - leading);
    }
    target[i] = value;
  }
}

/** Fills `halves`. */
export function decodeChimp64(halves: Int32Array, source: ByteReader): void {
  if (halves.length === 0) return;
  const bits = new BitReader(source);
  const count = halves.length / 2;
  let high = bits.read32(32);
  let low = bits.read32(32);
  halves[0] = low;
  halves[1] = high;
  let leading = noneYet;
  for (let i = 1; i < count; i++) {
    switch (bits.read(2)) {
      case 0b00: {
        const place = placeBefore(i, bits.read(placeBits64), ring64, source);
        low = halves[2 * place]!;
        high = halves[2 * place + 1]!;
        break;
      }
      case 0b01: {
        const place = placeBefore(i, bits.read(placeBits64), ring64, source);
        low = halves[2 * place]!;
        high = halves[2 * place + 1]!;
        leading = leadingSteps[bits.read(3)]!;
        const length = bits.read(6) || 64;
        const trailing = 64 - leading - length;
        if (trailing < 0) throw source.damaged('a value of CHIMP has more than 64 bits');
        const xorHigh = length > 32 ? bits.read32(length - 32) : 0;
        const xorLow = bits.read32(Math.min(length, 32));
        if (trailing === 0) {
          low ^= xorLow;
          high ^= xorHigh;
        } else if (trailing < 32) {
          high ^= (xorHigh << trailing) | (xorLow >>> (32 - trailing));
          low ^= xorLow << trailing;
        } else high ^= xorLow << (trailing - 32);
        break;
      }
      case 0b11:
        leading = leadingSteps[bits.read(3)]!;
        high ^= bits.read32(32 - leading);
        low ^= bits.read32(32);
        break;
      default:
        if (leading === noneYet) throw source.damaged('CHIMP refers to leading zeros that were never given');
        high ^= bits.read32(32 - leading);
        low ^= bits.read32(32);
    }
    halves[2 * i] = low;
    halves[2 * i + 1] = high;
  }
}

/** Places count from the beginning, modulo the number of values that can be referred to: the last of them before `index`. */
function placeBefore(index: number, place: number, ring: number, source: ByteReader): number {
  const back = (index - place) & (ring - 1);
  const found = index - (back === 0 ? ring : back);
  if (found < 0) throw source.damaged('CHIMP refers to a value before the first');
  return found;
}
