// Bits at any place, the most significant first: for loops that keep the place in a local variable, where a reader with a
// state of its own takes most of the time.

import type { ByteReader } from './byte-reader.ts';

/** So many bytes behind the last may be looked at. */
const slackBytes = 16;

let window = new Uint8Array(1 << 16);

/** A copy of what is left of the source, with zeros behind it. Holds until the next one. */
export function bitWindow({ bytes, position, end }: ByteReader): Uint8Array {
  const count = end - position;
  if (window.length < count + slackBytes) window = new Uint8Array(2 * (count + slackBytes));
  window.set(bytes.subarray(position, end));
  window.fill(0, count, count + slackBytes);
  return window;
}

/** The 32 bits that begin at a bit. */
export function bits32At(window: Uint8Array, bit: number): number {
  const at = bit >>> 3;
  const skipped = bit & 7;
  const word = (window[at]! << 24) | (window[at + 1]! << 16) | (window[at + 2]! << 8) | window[at + 3]!;
  return skipped === 0 ? word : (word << skipped) | (window[at + 4]! >>> (8 - skipped));
}
