// RLE: runs of equal values, and bit-packed groups of eight for the others.
//
//   uvarint  bytes of what follows
//   u8       width of every value in bits
//   runs:    uvarint  length << 1, then the value in whole bytes: INT32 low byte first, INT64 high byte first
//            uvarint  groups << 1 | 1, u8  values in the last group, then the groups, bit-packed

import { packBits, packedBytes, unpackBits } from '../bytes/bit-packing.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { halvesOf } from '../int64.ts';
import { freshMemory, type ValueMemory } from '../value-memory.ts';

const groupValues = 8;
/** Fewer equal values go into groups. */
const runLengthMin = groupValues;
const runLengthMax = 0x7fff;
/** Official writers have one byte for the header of a run of groups. */
const runGroupsMax = 63;

const body = new ByteWriter();

/** Values as their 32-bit halves; both are the same array for INT32, whose width never makes the high ones matter. */
interface Halves {
  readonly lows: Int32Array;
  readonly highs: Int32Array;
  readonly bits: 32 | 64;
}

/** INT32, DATE; also BOOLEAN as 0 and 1, and places in a dictionary. */
export function encodeRle32(values: Int32Array, out: ByteWriter): void {
  encode({ lows: values, highs: values, bits: 32 }, out);
}

export function encodeRle64(values: BigInt64Array, out: ByteWriter): void {
  encode(split(values), out);
}

export function decodeRle32(count: number, source: ByteReader, memory: ValueMemory = freshMemory): Int32Array {
  const values = memory.int32s(count);
  decode({ lows: values, highs: values, bits: 32 }, source);
  return values;
}

export function decodeRle64(count: number, source: ByteReader, memory: ValueMemory = freshMemory): BigInt64Array {
  const values = memory.int64s(count);
  const halves = halvesOf(values);
  const lows = new Int32Array(count);
  const highs = new Int32Array(count);
  decode({ lows, highs, bits: 64 }, source);
  for (let i = 0; i < count; i++) {
    halves[2 * i] = lows[i]!;
    halves[2 * i + 1] = highs[i]!;
  }
  return values;
}

function split(values: BigInt64Array): Halves {
  const halves = halvesOf(values);
  const lows = new Int32Array(values.length);
  const highs = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    lows[i] = halves[2 * i]!;
    highs[i] = halves[2 * i + 1]!;
  }
  return { lows, highs, bits: 64 };
}

function encode(values: Halves, out: ByteWriter): void {
  const count = values.lows.length;
  const width = widthOf(values);
  body.clear();
  body.u8(width);
  for (let at = 0; at < count; ) {
    const length = runLength(values, at);
    if (length >= runLengthMin) {
      putRun(values, at, length, width);
      at += length;
    } else at = putGroups(values, at, width);
  }
  out.uvarint(body.length);
  out.raw(body.written());
}

function widthOf({ lows, highs, bits }: Halves): number {
  let usedLow = 1;
  let usedHigh = 0;
  for (let i = 0; i < lows.length; i++) {
    usedLow |= lows[i]!;
    usedHigh |= highs[i]!;
  }
  return bits === 32 || usedHigh === 0 ? 32 - Math.clz32(usedLow) : 64 - Math.clz32(usedHigh);
}

function runLength({ lows, highs }: Halves, from: number): number {
  const end = Math.min(lows.length, from + runLengthMax);
  const low = lows[from]!;
  const high = highs[from]!;
  let at = from + 1;
  while (at < end && lows[at] === low && highs[at] === high) at++;
  return at - from;
}

function putRun({ lows, highs, bits }: Halves, at: number, length: number, width: number): void {
  body.uvarint(length << 1);
  const valueBytes = (width + 7) >> 3;
  for (let i = 0; i < valueBytes; i++) {
    const place = bits === 32 ? i : valueBytes - 1 - i;
    body.u8(place < 4 ? lows[at]! >>> (8 * place) : highs[at]! >>> (8 * (place - 4)));
  }
}

/** Puts groups until a run begins where a group would; gives where that is. */
function putGroups({ lows, highs, bits }: Halves, from: number, width: number): number {
  const count = lows.length;
  let to = from;
  let groups = 0;
  do {
    to += groupValues;
    groups++;
  } while (to < count && groups < runGroupsMax && runLength({ lows, highs, bits }, to) < runLengthMin);
  const values = Math.min(to, count) - from;
  body.u8((groups << 1) | 1);
  body.u8(values - (groups - 1) * groupValues);
  const bytes = packedBytes(groups * groupValues, width);
  const at = body.advance(bytes);
  // The last group is filled up with zeros.
  body.bytes.fill(0, at, at + bytes);
  packBits(lows.subarray(from, from + values), highs.subarray(from, from + values), values, width, body.bytes, at);
  return from + values;
}

function decode(target: Halves, source: ByteReader): void {
  const count = target.lows.length;
  for (let at = 0; at < count; ) {
    const size = source.uvarint();
    source.expect(size, 1);
    const end = source.position + size;
    const width = source.u8();
    if (width > target.bits) throw source.damaged(`RLE has values of ${width} bits`);
    while (source.position < end) {
      const header = source.uvarint();
      at +=
        (header & 1) === 0
          ? takeRun(target, at, header >>> 1, width, source)
          : takeGroups(target, at, header >>> 1, width, source);
    }
    if (source.position !== end) throw source.damaged('a run of RLE is longer than was announced');
  }
}

function takeRun({ lows, highs, bits }: Halves, at: number, length: number, width: number, source: ByteReader): number {
  if (length === 0 || length > lows.length - at) throw source.damaged(`a run of RLE has ${length} values`);
  const valueBytes = (width + 7) >> 3;
  let low = 0;
  let high = 0;
  for (let i = 0; i < valueBytes; i++) {
    const place = bits === 32 ? i : valueBytes - 1 - i;
    const byte = source.u8();
    if (place < 4) low |= byte << (8 * place);
    else high |= byte << (8 * (place - 4));
  }
  lows.fill(low, at, at + length);
  if (bits === 64) highs.fill(high, at, at + length);
  return length;
}

function takeGroups({ lows, highs }: Halves, at: number, groups: number, width: number, source: ByteReader): number {
  const inLast = source.u8();
  const length = (groups - 1) * groupValues + inLast;
  if (groups === 0 || inLast === 0 || inLast > groupValues || length > lows.length - at) {
    throw source.damaged(`${groups} groups of RLE have ${length} values`);
  }
  const packedAt = source.advance(packedBytes(groups * groupValues, width));
  const to = at + length;
  unpackBits(source.bytes, packedAt, length, width, lows.subarray(at, to), highs.subarray(at, to));
  return length;
}
