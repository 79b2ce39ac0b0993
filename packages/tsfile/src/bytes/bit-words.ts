// Bits at any place, the most significant first: for loops that keep the place in a local variable, where a reader with a
// state of its own takes most of the time. They are taken out of whole words, without asking where a byte ends: what a value's
// width leaves to chance, no processor can guess.

/** So many bytes behind the last may be looked at. */
const slackBytes = 16;

/** Fewer are put together here: a call takes longer. */
const swappedBytesMin = 256;

let bytes = Buffer.from(new ArrayBuffer(1 << 16));
let words = new Int32Array(bytes.buffer);

/** A copy of `source[from, to)` as words, with zeros behind it. Holds until the next one. */
export function bitWords(source: Uint8Array, from: number, to: number): Int32Array {
  const count = to - from;
  if (bytes.length < count + slackBytes) {
    bytes = Buffer.from(new ArrayBuffer(((2 * (count + slackBytes)) >> 2) << 2));
    words = new Int32Array(bytes.buffer);
  }
  if (count < swappedBytesMin) {
    const end = (count + slackBytes) >> 2;
    for (let word = 0, at = from; word < end; word++, at += 4) words[word] = wordAt(source, at, to);
    return words;
  }
  const end = ((count + slackBytes) >> 2) << 2;
  bytes.set(source.subarray(from, to));
  bytes.fill(0, count, end);
  // Every machine that Node runs on has the lowest byte of a word first.
  bytes.subarray(0, end).swap32();
  return words;
}

function wordAt(source: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return (source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]!;
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | (at + i < end ? source[at + i]! : 0);
  return word;
}

/** The 32 bits that begin at a bit. */
export function bits32At(from: Int32Array, bit: number): number {
  const at = bit >>> 5;
  const skipped = bit & 31;
  // Shifting by 32 would be shifting by nothing.
  return (from[at]! << skipped) | ((from[at + 1]! >>> 1) >>> (31 - skipped));
}
