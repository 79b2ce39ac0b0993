// Bits, the most significant first.

import type { ByteReader } from './byte-reader.ts';

export class BitReader {
  readonly #source: ByteReader;
  readonly #bytes: Buffer;
  /** Bits that were taken from the source, in the lowest `#pendingCount` places; what lies above them is garbage. */
  #pending = 0;
  #pendingCount = 0;

  constructor(source: ByteReader) {
    this.#source = source;
    this.#bytes = source.bytes;
  }

  /** The next `count` bits; at most 24. */
  read(count: number): number {
    while (this.#pendingCount < count) {
      const { position, end } = this.#source;
      if (position >= end) throw this.#source.error('TSFILE_TRUNCATED', 'the bits end before the values do');
      this.#source.position = position + 1;
      this.#pending = (this.#pending << 8) | this.#bytes[position]!;
      this.#pendingCount += 8;
    }
    this.#pendingCount -= count;
    return (this.#pending >>> this.#pendingCount) & ((1 << count) - 1);
  }

  /** The next `count` bits as a 32-bit integer; at most 32. */
  read32(count: number): number {
    if (count <= 24) return this.read(count);
    const high = this.read(count - 16);
    return (high << 16) | this.read(16);
  }
}
