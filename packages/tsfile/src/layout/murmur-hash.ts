// MurmurHash3, x64, 128 bits (Austin Appleby, public domain), as TsFile's bloom filter has it: both halves added, the lowest
// 32 bits of that, and the bytes behind the last block of 16 taken as *signed*.
//
// 64-bit integers are kept as 32-bit halves: many series make many hashes, and bigints would be ten times as slow.

/** A 64-bit integer. */
interface Wide {
  high: number;
  low: number;
}

const c1: Wide = { high: 0x87c37b91 | 0, low: 0x114253d5 };
const c2: Wide = { high: 0x4cf5ad43, low: 0x2745937f };
const mix1: Wide = { high: 0xff51afd7 | 0, low: 0xed558ccd | 0 };
const mix2: Wide = { high: 0xc4ceb9fe | 0, low: 0x1a85ec53 };
const blockBytes = 16;

/** A signed 32-bit integer. */
export function murmurHash(key: Buffer, seed: number): number {
  const h1: Wide = { high: 0, low: seed };
  const h2: Wide = { high: 0, low: seed };
  const k1: Wide = { high: 0, low: 0 };
  const k2: Wide = { high: 0, low: 0 };
  const tail = key.length - (key.length % blockBytes);
  for (let at = 0; at < tail; at += blockBytes) {
    load(k1, key, at);
    load(k2, key, at + 8);
    scramble(k1, c1, 31, c2);
    xor(h1, k1);
    rotate(h1, 27);
    add(h1, h2);
    multiplyAdd5(h1, 0x52dce729);
    scramble(k2, c2, 33, c1);
    xor(h2, k2);
    rotate(h2, 31);
    add(h2, h1);
    multiplyAdd5(h2, 0x38495ab5);
  }
  loadTail(k1, key, tail, Math.min(key.length, tail + 8));
  loadTail(k2, key, tail + 8, key.length);
  scramble(k2, c2, 33, c1);
  xor(h2, k2);
  scramble(k1, c1, 31, c2);
  xor(h1, k1);
  h1.low ^= key.length;
  h2.low ^= key.length;
  add(h1, h2);
  add(h2, h1);
  finalMix(h1);
  finalMix(h2);
  add(h1, h2);
  add(h2, h1);
  return (h1.low + h2.low) | 0;
}

function load(target: Wide, key: Buffer, at: number): void {
  target.low = key.readInt32LE(at);
  target.high = key.readInt32LE(at + 4);
}

function loadTail(target: Wide, key: Buffer, from: number, to: number): void {
  target.low = 0;
  target.high = 0;
  for (let i = from; i < to; i++) {
    const byte = ((key[i] ?? 0) << 24) >> 24;
    const shift = 8 * (i - from);
    if (shift < 32) {
      target.low ^= byte << shift;
      // The sign reaches up to the highest bit.
      target.high ^= byte >> 31;
      if (shift > 0) target.high ^= (byte >> 31) ^ (byte >> (32 - shift));
    } else target.high ^= byte << (shift - 32);
  }
}

function scramble(k: Wide, first: Wide, bits: number, second: Wide): void {
  multiply(k, first);
  rotate(k, bits);
  multiply(k, second);
}

function finalMix(k: Wide): void {
  k.low ^= k.high >>> 1;
  multiply(k, mix1);
  k.low ^= k.high >>> 1;
  multiply(k, mix2);
  k.low ^= k.high >>> 1;
}

function xor(a: Wide, b: Wide): void {
  a.high ^= b.high;
  a.low ^= b.low;
}

function add(a: Wide, b: Wide): void {
  const low = (a.low + b.low) | 0;
  a.high = (a.high + b.high + (low >>> 0 < a.low >>> 0 ? 1 : 0)) | 0;
  a.low = low;
}

function rotate(a: Wide, bits: number): void {
  const { high, low } = a;
  const [upper, lower] = bits < 32 ? [high, low] : [low, high];
  const shift = bits & 31;
  a.high = (upper << shift) | (lower >>> (32 - shift));
  a.low = (lower << shift) | (upper >>> (32 - shift));
}

/** The lowest 64 bits of the product, by products of 16-bit pieces that doubles hold exactly. */
function multiply(a: Wide, b: Wide): void {
  const { high, low } = a;
  const low0 = low & 0xffff;
  const low1 = low >>> 16;
  const other0 = b.low & 0xffff;
  const other1 = b.low >>> 16;
  const middle = low1 * other0 + ((low0 * other0) >>> 16);
  const upper = low0 * other1 + (middle % 0x1_0000);
  const carried = low1 * other1 + Math.floor(middle / 0x1_0000) + Math.floor(upper / 0x1_0000);
  a.high = (Math.imul(high, b.low) + Math.imul(low, b.high) + carried) | 0;
  a.low = Math.imul(low, b.low);
}

function multiplyAdd5(a: Wide, addend: number): void {
  const { high, low } = a;
  const product = (low >>> 0) * 5 + (addend >>> 0);
  a.high = (Math.imul(high, 5) + Math.floor(product / 0x1_0000_0000)) | 0;
  a.low = product | 0;
}
