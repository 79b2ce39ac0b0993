// TS_2DIFF: blocks of a first value and differences, of which the smallest is taken off each. Official writers put up to 128 into a
// block; readers take as many as it says. 64-bit integers go into larger blocks where those take less: the head of a block of
// values of three bits has a third of its bytes.
//
//   i32  differences in this block
//   i32  their width in bits
//   i32 or i64  the smallest difference
//   i32 or i64  the first value
//   differences less the smallest, bit-packed
//
// Differences wrap around at 32 or 64 bits, so every value can be had.

import { packBits, packedBytes } from '../bytes/bit-packing.ts';
import { bits32At, bitWords } from '../bytes/bit-words.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { halvesOf, numbersOf, toNumber } from '../int64.ts';
import type { TsFileLimits } from '../limits.ts';
import { freshMemory, type ValueMemory } from '../value-memory.ts';

const blockDifferences = 128;
/** In blocks of 64-bit integers: enough for the page of a usual size. */
const blockDifferencesMax = 32 * (blockDifferences + 1);
const blockHeaderBytes32 = 16;
const blockHeaderBytes64 = 24;

const blockLows = new Int32Array(blockDifferencesMax);
const blockHighs = new Int32Array(blockDifferencesMax);

export function encodeTs2diff32(values: Int32Array, out: ByteWriter): void {
  for (let from = 0; from < values.length; from += blockDifferences + 1) {
    encodeBlock32(values, from, Math.min(from + blockDifferences + 1, values.length), out);
  }
}

function encodeBlock32(values: Int32Array, from: number, to: number, out: ByteWriter): void {
  const count = to - from - 1;
  let smallest = 0x7fff_ffff;
  for (let i = 0; i < count; i++) {
    const difference = (values[from + i + 1]! - values[from + i]!) | 0;
    if (difference < smallest) smallest = difference;
    blockLows[i] = difference;
  }
  let used = 0;
  for (let i = 0; i < count; i++) {
    const rest = (blockLows[i]! - smallest) | 0;
    blockLows[i] = rest;
    used |= rest;
  }
  const width = 32 - Math.clz32(used);
  out.i32(count);
  out.i32(width);
  out.i32(smallest);
  out.i32(values[from]!);
  const at = out.advance(packedBytes(count, width));
  packBits(blockLows, blockHighs, count, width, out.bytes, at);
}

export function encodeTs2diff64(values: BigInt64Array, out: ByteWriter): void {
  const halves = halvesOf(values);
  for (let from = 0; from < values.length; ) {
    let count = Math.min(blockDifferences, values.length - from - 1);
    let spread = takeDifferences(halves, from, count, 0);
    for (;;) {
      // The next block joins this one, with the difference between them, unless the wider of both makes that dearer than a head.
      const end = from + count;
      const added = Math.min(blockDifferences + 1, values.length - end - 1);
      if (added === 0 || count + added > blockDifferencesMax) break;
      const next = takeDifferences(halves, end, added, count);
      const joined = joinedSpread(spread, next);
      const apartBits = count * widthOf(spread) + (added - 1) * widthOf(next) + blockHeaderBytes64 * 8;
      if ((count + added) * widthOf(joined) > apartBits) break;
      spread = joined;
      count += added;
    }
    writeBlock64(halves, from, count, spread, out);
    from += count + 1;
  }
}

/** The smallest and the largest of some differences, in halves. */
interface Spread {
  readonly smallestHigh: number;
  readonly smallestLow: number;
  readonly largestHigh: number;
  readonly largestLow: number;
}

/** Puts `count` differences, the first of them behind value `from`, to `at`. */
function takeDifferences(halves: Int32Array, from: number, count: number, at: number): Spread {
  let smallestHigh = 0x7fff_ffff;
  let smallestLow = -1;
  let largestHigh = -0x8000_0000;
  let largestLow = 0;
  for (let i = 0; i < count; i++) {
    const value = 2 * (from + i);
    const low = (halves[value + 2]! - halves[value]!) | 0;
    const borrow = halves[value + 2]! >>> 0 < halves[value]! >>> 0 ? 1 : 0;
    const high = (halves[value + 3]! - halves[value + 1]! - borrow) | 0;
    if (isBelow(high, low, smallestHigh, smallestLow)) {
      smallestHigh = high;
      smallestLow = low;
    }
    if (isBelow(largestHigh, largestLow, high, low)) {
      largestHigh = high;
      largestLow = low;
    }
    blockLows[at + i] = low;
    blockHighs[at + i] = high;
  }
  return { smallestHigh, smallestLow, largestHigh, largestLow };
}

function isBelow(highA: number, lowA: number, highB: number, lowB: number): boolean {
  return highA < highB || (highA === highB && lowA >>> 0 < lowB >>> 0);
}

function joinedSpread(a: Spread, b: Spread): Spread {
  const smaller = isBelow(b.smallestHigh, b.smallestLow, a.smallestHigh, a.smallestLow) ? b : a;
  const larger = isBelow(a.largestHigh, a.largestLow, b.largestHigh, b.largestLow) ? b : a;
  const { smallestHigh, smallestLow } = smaller;
  const { largestHigh, largestLow } = larger;
  return { smallestHigh, smallestLow, largestHigh, largestLow };
}

/** The bits that the differences take once the smallest is taken off; 0 if there are none. */
function widthOf({ smallestHigh, smallestLow, largestHigh, largestLow }: Spread): number {
  if (isBelow(largestHigh, largestLow, smallestHigh, smallestLow)) return 0;
  const borrow = largestLow >>> 0 < smallestLow >>> 0 ? 1 : 0;
  const high = (largestHigh - smallestHigh - borrow) | 0;
  return high === 0 ? 32 - Math.clz32(largestLow - smallestLow) : 64 - Math.clz32(high);
}

/** Writes the first `count` of the differences that were taken. */
function writeBlock64(halves: Int32Array, from: number, count: number, spread: Spread, out: ByteWriter): void {
  const { smallestHigh, smallestLow } = spread;
  const width = widthOf(spread);
  for (let i = 0; i < count; i++) {
    const low = blockLows[i]!;
    const borrow = low >>> 0 < smallestLow >>> 0 ? 1 : 0;
    blockLows[i] = low - smallestLow;
    blockHighs[i] = blockHighs[i]! - smallestHigh - borrow;
  }
  out.i32(count);
  out.i32(width);
  out.i32(smallestHigh);
  out.i32(smallestLow);
  out.i32(halves[2 * from + 1]!);
  out.i32(halves[2 * from]!);
  const at = out.advance(packedBytes(count, width));
  packBits(blockLows, blockHighs, count, width, out.bytes, at);
}

/** Decodes the `count` values that are left. */
export function decodeTs2diff32(
  count: number,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory = freshMemory,
): Int32Array {
  expectCount(count, blockHeaderBytes32, source, limits);
  const values = memory.int32s(count);
  for (let at = 0; at < count; ) at += decodeBlock32(values, at, source);
  return values;
}

function decodeBlock32(values: Int32Array, at: number, source: ByteReader): number {
  const { count, width } = blockHeader(source, 32);
  const smallest = source.i32();
  let value = source.i32();
  values[at] = value;
  const words = packedWords(source, count, width);
  const unused = 32 - width;
  const end = at + 1 + count;
  for (let to = at + 1, bit = 0; to < end; to++, bit += width) {
    const rest = width === 0 ? 0 : bits32At(words, bit) >>> unused;
    value = (value + smallest + rest) | 0;
    values[to] = value;
  }
  return count + 1;
}

/** Decodes the `count` values that are left; all that there are if no count is given. */
export function decodeTs2diff64(
  count: number | undefined,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory = freshMemory,
): BigInt64Array<ArrayBuffer> {
  const found = expectCount(count, blockHeaderBytes64, source, limits);
  const values = memory.int64s(found);
  const halves = halvesOf(values);
  for (let at = 0; at < found; ) at += decodeBlock64(halves, at, source);
  return values;
}

function decodeBlock64(halves: Int32Array, at: number, source: ByteReader): number {
  const { count, width } = blockHeader(source, 64);
  const smallestHigh = source.i32();
  const smallestLow = source.i32();
  let high = source.i32();
  let low = source.i32();
  halves[2 * at] = low;
  halves[2 * at + 1] = high;
  const words = packedWords(source, count, width);
  if (width > 0 && width <= smallWidthMax && Math.abs(toNumber(smallestHigh, smallestLow)) < 2 ** smallWidthMax) {
    putSmallDifferences(halves, at, count, words, width, smallestLow);
    return count + 1;
  }
  const highWidth = Math.max(0, width - 32);
  const lowUnused = width < 32 ? 32 - width : 0;
  const end = 2 * (at + 1 + count);
  for (let to = 2 * (at + 1), bit = 0; to < end; to += 2, bit += width) {
    const restHigh = highWidth === 0 ? 0 : bits32At(words, bit) >>> (32 - highWidth);
    const restLow = width === 0 ? 0 : bits32At(words, bit + highWidth) >>> lowUnused;
    const sum = (low + smallestLow) | 0;
    const carry = sum >>> 0 < smallestLow >>> 0 ? 1 : 0;
    low = (sum + restLow) | 0;
    high = (high + smallestHigh + restHigh + carry + (low >>> 0 < sum >>> 0 ? 1 : 0)) | 0;
    halves[to] = low;
    halves[to + 1] = high;
  }
  return count + 1;
}

/** The smallest difference and what is added to it are each of so many bits, and a sign, at most: their sum is of 32. */
const smallWidthMax = 30;

/** Behind the value at `at`. */
function putSmallDifferences(
  halves: Int32Array,
  at: number,
  count: number,
  words: Int32Array,
  width: number,
  smallest: number,
): void {
  let low = halves[2 * at]!;
  let high = halves[2 * at + 1]!;
  const unused = 32 - width;
  const end = 2 * (at + 1 + count);
  for (let to = 2 * (at + 1), bit = 0; to < end; to += 2, bit += width) {
    const difference = (smallest + (bits32At(words, bit) >>> unused)) | 0;
    const before = low;
    low = (low + difference) | 0;
    high = (high + (difference >> 31) + (low >>> 0 < before >>> 0 ? 1 : 0)) | 0;
    halves[to] = low;
    halves[to + 1] = high;
  }
}

/**
 * As numbers, rounded to the nearest beyond 2^53. Where no value of a block can reach that, as no time in milliseconds does, adding
 * doubles is exact, and several times as fast as adding halves.
 */
export function decodeTs2diffNumbers(
  count: number | undefined,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory = freshMemory,
): Float64Array<ArrayBuffer> {
  const found = expectCount(count, blockHeaderBytes64, source, limits);
  const numbers = memory.doubles(found);
  for (let at = 0; at < found; ) at += decodeBlockNumbers(numbers, at, source);
  return numbers;
}

function decodeBlockNumbers(numbers: Float64Array, at: number, source: ByteReader): number {
  const start = source.position;
  const { count, width } = blockHeader(source, 64);
  const smallest = toNumber(source.i32(), source.i32());
  let value = toNumber(source.i32(), source.i32());
  if (width > 32 || Math.abs(value) + count * (Math.abs(smallest) + 2 ** width) > Number.MAX_SAFE_INTEGER) {
    source.position = start;
    const integers = new BigInt64Array(count + 1);
    decodeBlock64(halvesOf(integers), 0, source);
    numbers.set(numbersOf(integers), at);
    return count + 1;
  }
  numbers[at] = value;
  if (width === 0) {
    for (let i = 1; i <= count; i++) numbers[at + i] = value + i * smallest;
    return count + 1;
  }
  const words = packedWords(source, count, width);
  const unused = 32 - width;
  const end = at + 1 + count;
  for (let to = at + 1, bit = 0; to < end; to++, bit += width) {
    value += smallest + (bits32At(words, bit) >>> unused);
    numbers[to] = value;
  }
  return count + 1;
}

/** Steps over the differences of a block. */
function packedWords(source: ByteReader, count: number, width: number): Int32Array {
  const from = source.advance(packedBytes(count, width));
  return bitWords(source.bytes, from, source.position);
}

function blockHeader(source: ByteReader, widthMax: number): { count: number; width: number } {
  const count = source.i32();
  const width = source.i32();
  if (count < 0) throw source.damaged('a block of TS_2DIFF has a negative number of values');
  if (width < 0 || width > widthMax) throw source.damaged(`a block of TS_2DIFF has values of ${width} bits`);
  return { count, width };
}

/** Adds up the blocks: many values can take no bytes at all, so memory is only taken once their number is known. */
function expectCount(count: number | undefined, headerBytes: number, source: ByteReader, limits: TsFileLimits): number {
  const start = source.position;
  const widthMax = headerBytes === blockHeaderBytes32 ? 32 : 64;
  let found = 0;
  while (source.remaining > 0) {
    const block = blockHeader(source, widthMax);
    found += block.count + 1;
    if (found > limits.pageRowsMax) {
      throw source.error('TSFILE_OVER_LIMITS', `a page has more than ${limits.pageRowsMax} rows`);
    }
    source.advance(headerBytes - 8 + packedBytes(block.count, block.width));
  }
  if (count !== undefined && found !== count) {
    throw source.damaged(`${found} values are there where ${count} are expected`);
  }
  source.position = start;
  return found;
}
