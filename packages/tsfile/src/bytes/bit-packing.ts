// Many integers of the same width, one behind the other, the most significant bit first: what TS_2DIFF and RLE have in
// common. Values are given as 32-bit halves; the high ones only matter for widths beyond 32.

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
  if (width > 32) unpackWide(source, at, count, width, lows, highs);
  else if (width > 24) unpackMiddle(source, at, count, width, lows);
  else unpackNarrow(source, at, count, width, lows);
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

function unpackNarrow(source: Uint8Array, start: number, count: number, width: number, lows: Int32Array): void {
  const mask = (1 << width) - 1;
  let at = start;
  let pending = 0;
  let pendingCount = 0;
  for (let i = 0; i < count; i++) {
    while (pendingCount < width) {
      pending = (pending << 8) | source[at++]!;
      pendingCount += 8;
    }
    pendingCount -= width;
    lows[i] = (pending >>> pendingCount) & mask;
  }
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

function unpackMiddle(source: Uint8Array, start: number, count: number, width: number, lows: Int32Array): void {
  const upperWidth = width - 16;
  const upperMask = (1 << upperWidth) - 1;
  let at = start;
  let pending = 0;
  let pendingCount = 0;
  for (let i = 0; i < count; i++) {
    while (pendingCount < upperWidth) {
      pending = (pending << 8) | source[at++]!;
      pendingCount += 8;
    }
    pendingCount -= upperWidth;
    const upper = (pending >>> pendingCount) & upperMask;
    pending = (pending << 16) | (source[at]! << 8) | source[at + 1]!;
    at += 2;
    lows[i] = (upper << 16) | ((pending >>> pendingCount) & 0xffff);
  }
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

function unpackWide(
  source: Uint8Array,
  start: number,
  count: number,
  width: number,
  lows: Int32Array,
  highs: Int32Array,
): void {
  let at = start;
  let pending = 0;
  let pendingCount = 0;
  const take = (bits: number): number => {
    while (pendingCount < bits) {
      pending = (pending << 8) | source[at++]!;
      pendingCount += 8;
    }
    pendingCount -= bits;
    return (pending >>> pendingCount) & ((1 << bits) - 1);
  };
  for (let i = 0; i < count; i++) {
    const top = width > 48 ? take(width - 48) : 0;
    highs[i] = (top << 16) | take(Math.min(width - 32, 16));
    lows[i] = (take(16) << 16) | take(16);
  }
}
