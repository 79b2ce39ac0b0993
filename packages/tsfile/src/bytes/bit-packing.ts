// Many integers of the same width, one behind the other, the most significant bit first: what TS_2DIFF and RLE have in
// common. Values are given as 32-bit halves; the high ones only matter for widths beyond 32.

import { bits32At, bitWords } from './bit-words.ts';

/** How many bytes `count` values of `width` bits take. */
export function packedBytes(count: number, width: number): number {
  return Math.ceil((count * width) / 8);
}

/** Packs the first `count` values into `target` from `at` on; bits beyond the width are dropped. `width` is at most 64. */
export function packBits(
  lows: Int32Array,
  highs: Int32Array,
  count: number,
  width: number,
  target: Uint8Array,
  at: number,
): void {
  if (width > 32) packWide(lows, highs, count, width, target, at);
  else if (width > 24) packMiddle(lows, count, width, target, at);
  else packNarrow(lows, count, width, target, at);
}

/** Fills `lows`, and `highs` for widths beyond 32, with `count` values. The caller has checked that the bytes are there. */
export function unpackBits(
  source: Uint8Array,
  at: number,
  count: number,
  width: number,
  lows: Int32Array,
  highs: Int32Array,
): void {
  const words = bitWords(source, at, at + packedBytes(count, width));
  if (width === 0) lows.fill(0, 0, count);
  else if (width <= 32) unpackWord(words, count, width, lows);
  else unpackWide(words, count, width, lows, highs);
}

function packNarrow(lows: Int32Array, count: number, width: number, target: Uint8Array, start: number): void {
  const mask = (1 << width) - 1;
  let at = start;
  let pending = 0;
  let pendingCount = 0;
  for (let i = 0; i < count; i++) {
    pending = (pending << width) | (lows[i]! & mask);
    pendingCount += width;
    while (pendingCount >= 8) {
      pendingCount -= 8;
      target[at++] = pending >>> pendingCount;
    }
  }
  if (pendingCount > 0) target[at] = pending << (8 - pendingCount);
}

/** 25 to 32 bits: with up to 7 pending ones they would not fit into 32, so each value goes in two steps. */
function packMiddle(lows: Int32Array, count: number, width: number, target: Uint8Array, start: number): void {
  const upperWidth = width - 16;
  const upperMask = (1 << upperWidth) - 1;
  let at = start;
  let pending = 0;
  let pendingCount = 0;
  for (let i = 0; i < count; i++) {
    const value = lows[i]!;
    pending = (pending << upperWidth) | ((value >>> 16) & upperMask);
    pendingCount += upperWidth;
    while (pendingCount >= 8) {
      pendingCount -= 8;
      target[at++] = pending >>> pendingCount;
    }
    pending = (pending << 16) | (value & 0xffff);
    target[at++] = pending >>> (pendingCount + 8);
    target[at++] = pending >>> pendingCount;
  }
  if (pendingCount > 0) target[at] = pending << (8 - pendingCount);
}

function packWide(
  lows: Int32Array,
  highs: Int32Array,
  count: number,
  width: number,
  target: Uint8Array,
  start: number,
): void {
  let at = start;
  let pending = 0;
  let pendingCount = 0;
  const put = (value: number, bits: number): void => {
    pending = (pending << bits) | (value & ((1 << bits) - 1));
    pendingCount += bits;
    while (pendingCount >= 8) {
      pendingCount -= 8;
      target[at++] = pending >>> pendingCount;
    }
  };
  for (let i = 0; i < count; i++) {
    if (width > 48) put(highs[i]! >>> 16, width - 48);
    put(highs[i]!, Math.min(width - 32, 16));
    put(lows[i]! >>> 16, 16);
    put(lows[i]!, 16);
  }
  if (pendingCount > 0) target[at] = pending << (8 - pendingCount);
}

/** 1 to 32 bits. */
function unpackWord(words: Int32Array, count: number, width: number, lows: Int32Array): void {
  const unused = 32 - width;
  for (let i = 0, bit = 0; i < count; i++, bit += width) lows[i] = bits32At(words, bit) >>> unused;
}

function unpackWide(words: Int32Array, count: number, width: number, lows: Int32Array, highs: Int32Array): void {
  const highWidth = width - 32;
  const unused = 32 - highWidth;
  for (let i = 0, bit = 0; i < count; i++, bit += width) {
    highs[i] = bits32At(words, bit) >>> unused;
    lows[i] = bits32At(words, bit + highWidth);
  }
}
