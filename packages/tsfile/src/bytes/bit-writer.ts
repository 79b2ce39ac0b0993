// Bits, the most significant first, as the encodings of floating-point numbers have them.

import type { ByteWriter } from './byte-writer.ts';

export class BitWriter {
  readonly #out: ByteWriter;
  /** Bits that do not fill a byte yet, in the lowest `#pendingCount` places. */
  #pending = 0;
  #pendingCount = 0;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  /** The lowest `count` bits of `value`; at most 24. */
  write(value: number, count: number): void {
    let pending = (this.#pending << count) | (value & ((1 << count) - 1));
    let pendingCount = this.#pendingCount + count;
    while (pendingCount >= 8) {
      pendingCount -= 8;
      this.#out.u8(pending >>> pendingCount);
      pending &= (1 << pendingCount) - 1;
    }
    this.#pending = pending;
    this.#pendingCount = pendingCount;
  }

  /** The lowest `count` bits of a 32-bit number. */
  write32(value: number, count: number): void {
    if (count > 24) {
      this.write(value >>> 16, count - 16);
      this.write(value, 16);
    } else this.write(value, count);
  }

  /** The lowest `count` bits of a 64-bit number, given as halves. */
  write64(high: number, low: number, count: number): void {
    if (count > 32) {
      this.write32(high, count - 32);
      this.write32(low, 32);
    } else this.write32(low, count);
  }

  /** Ends the last byte with zeros. Always writes a byte, even an empty one: readers of Gorilla look one byte ahead. */
  end(): void {
    this.#out.u8(this.#pending << (8 - this.#pendingCount));
    this.#pending = 0;
    this.#pendingCount = 0;
  }
}
