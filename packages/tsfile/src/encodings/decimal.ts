// FLOAT and DOUBLE as RLE or TS_2DIFF: decimal numbers as integers, times a power of ten.
//
//   [ uvarint 2^31 - 1    some values are not times that power:
//     uvarint values, bitmap of those that are ]
//   [ uvarint 2^31 - 2    some are not even integers:
//     uvarint values, bitmap of those times the power, bitmap of those that stand as their own bits ]
//   uvarint  digits behind the point
//   integers, encoded as INT32 or INT64
//
// Bitmaps have the lowest bit first, and one more byte if the number of values is a multiple of eight. Official writers round
// to the digits that they are set to; this one looks for digits that lose nothing, and keeps what has too many as bits.

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { halvesOf, toNumber } from '../int64.ts';

/** Marks that bitmaps follow, where the digits would stand. */
const someUnscaled = 0x7fff_ffff;
const someAsBits = 0x7fff_fffe;

/** More digits than these are looked for in vain: a value of that precision is better kept as bits. */
const digitsMax32 = 7;
const digitsMax64 = 15;
/** More make the power of ten infinite. */
const digitsReadMax = 308;
const powers = Float64Array.from({ length: digitsReadMax + 1 }, (_, digits) => Number(`1e${digits}`));

/** Integers for INT32's encoders, after what says how to read them went to `out`. */
export function integersOfFloats(values: Float32Array, out: ByteWriter): Int32Array {
  const digits = digitsOf(values, digitsMax32, scale32);
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const integers = new Int32Array(values.length);
  const asBits = bitmapFor(values.length);
  let bitsCount = 0;
  for (let i = 0; i < values.length; i++) {
    const scaled = scale32(values[i]!, powers[digits]!);
    if (scaled === undefined) {
      integers[i] = bits[i]!;
      mark(asBits, i);
      bitsCount++;
    } else integers[i] = scaled;
  }
  writeHead(values.length, bitsCount, asBits, digits, out);
  return integers;
}

/** Integers for INT64's encoders, after what says how to read them went to `out`. */
export function integersOfDoubles(values: Float64Array, out: ByteWriter): BigInt64Array {
  const digits = digitsOf(values, digitsMax64, scale64);
  const bits = halvesOf(values);
  const integers = new BigInt64Array(values.length);
  const halves = halvesOf(integers);
  const asBits = bitmapFor(values.length);
  let bitsCount = 0;
  for (let i = 0; i < values.length; i++) {
    const scaled = scale64(values[i]!, powers[digits]!);
    if (scaled === undefined) {
      halves[2 * i] = bits[2 * i]!;
      halves[2 * i + 1] = bits[2 * i + 1]!;
      mark(asBits, i);
      bitsCount++;
    } else {
      halves[2 * i] = scaled;
      halves[2 * i + 1] = Math.floor(scaled / 0x1_0000_0000);
    }
  }
  writeHead(values.length, bitsCount, asBits, digits, out);
  return integers;
}

export function floatsOfIntegers(head: DecimalHead, integers: Int32Array): Float32Array {
  const floats = new Float32Array(integers.length);
  const bits = new Int32Array(floats.buffer);
  for (let i = 0; i < integers.length; i++) {
    if (isMarked(head.asBits, i)) bits[i] = integers[i]!;
    else floats[i] = isMarked(head.scaled, i, true) ? integers[i]! / head.power : integers[i]!;
  }
  return floats;
}

export function doublesOfIntegers(head: DecimalHead, integers: BigInt64Array): Float64Array {
  const halves = halvesOf(integers);
  const doubles = new Float64Array(integers.length);
  const bits = halvesOf(doubles);
  for (let i = 0; i < integers.length; i++) {
    const low = halves[2 * i]!;
    const high = halves[2 * i + 1]!;
    if (isMarked(head.asBits, i)) {
      bits[2 * i] = low;
      bits[2 * i + 1] = high;
    } else doubles[i] = isMarked(head.scaled, i, true) ? toNumber(high, low) / head.power : toNumber(high, low);
  }
  return doubles;
}

/** Whether all integers are numbers times the power: the form that most pages have. */
export function isAllScaled({ scaled, asBits }: DecimalHead): boolean {
  return scaled === undefined && asBits === undefined;
}

/** In place, of integers of which all are times the power. */
export function scaleDown({ power }: DecimalHead, integers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  for (let i = 0; i < integers.length; i++) integers[i] = integers[i]! / power;
  return integers;
}

/** How the integers behind it are meant. */
export interface DecimalHead {
  readonly power: number;
  /** Absent: all are times the power. */
  readonly scaled: Uint8Array | undefined;
  /** Absent: none. */
  readonly asBits: Uint8Array | undefined;
}

export function readDecimalHead(count: number, source: ByteReader): DecimalHead {
  let scaled: Uint8Array | undefined;
  let asBits: Uint8Array | undefined;
  let digits = source.uvarint();
  if (digits === someUnscaled || digits === someAsBits) {
    const hasBits = digits === someAsBits;
    const found = source.uvarint();
    if (found !== count) throw source.damaged(`${found} values are there where ${count} are expected`);
    scaled = source.raw(bitmapBytes(count));
    if (hasBits) asBits = source.raw(bitmapBytes(count));
    digits = source.uvarint();
  }
  if (digits > digitsReadMax) throw source.damaged(`a decimal number has ${digits} digits behind the point`);
  return { power: powers[digits]!, scaled, asBits };
}

function writeHead(count: number, bitsCount: number, asBits: Uint8Array, digits: number, out: ByteWriter): void {
  if (bitsCount > 0) {
    out.uvarint(someAsBits);
    out.uvarint(count);
    const scaled = bitmapFor(count);
    for (let i = 0; i < count; i++) if (!isMarked(asBits, i)) mark(scaled, i);
    out.raw(scaled);
    out.raw(asBits);
  }
  out.uvarint(digits);
}

type Scale = (value: number, power: number) => number | undefined;

/** The value times the power as an integer, if that gives the value back exactly. */
function scale32(value: number, power: number): number | undefined {
  const scaled = Math.round(value * power);
  const isExact = scaled === (scaled | 0) && Math.fround(scaled / power) === value && !isMinusZero(value);
  return isExact ? scaled : undefined;
}

function scale64(value: number, power: number): number | undefined {
  const scaled = Math.round(value * power);
  return Number.isSafeInteger(scaled) && scaled / power === value && !isMinusZero(value) ? scaled : undefined;
}

function isMinusZero(value: number): boolean {
  return Object.is(value, -0);
}

/** As few digits as all values need that do not need too many. */
function digitsOf(values: Float32Array | Float64Array, digitsMax: number, scale: Scale): number {
  let digits = 0;
  for (let i = 0; i < values.length && digits < digitsMax; i++) {
    let needed = digits;
    while (needed <= digitsMax && scale(values[i]!, powers[needed]!) === undefined) needed++;
    if (needed <= digitsMax) digits = needed;
  }
  return digits;
}

function bitmapBytes(count: number): number {
  return (count >> 3) + 1;
}

function bitmapFor(count: number): Uint8Array {
  return new Uint8Array(bitmapBytes(count));
}

function mark(bitmap: Uint8Array, index: number): void {
  bitmap[index >> 3]! |= 1 << (index & 7);
}

function isMarked(bitmap: Uint8Array | undefined, index: number, otherwise = false): boolean {
  return bitmap === undefined ? otherwise : (bitmap[index >> 3]! & (1 << (index & 7))) !== 0;
}
