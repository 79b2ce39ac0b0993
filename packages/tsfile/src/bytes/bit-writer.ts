// Bits, the most significant first, as the encodings of floating-point numbers have them.

import type { ByteWriter } from './byte-writer.ts';

export class BitWriter {
  readonly #out: ByteWriter;
  readonly #bytes: Buffer;
  #at: number;
  /** Bits that do not fill a byte yet, in the lowest `#pendingCount` places; what lies above them is garbage. */
  #pending = 0;
  #pendingCount = 0;

  /** @param bitsMax of all that will be written: room for them is made at once. */
  constructor(out: ByteWriter, bitsMax: number) {
    out.reserve((bitsMax >> 3) + 2);
    this.#out = out;
    this.#bytes = out.bytes;
    this.#at = out.length;
  }

  /** The lowest `count` bits of `value`; at most 24. */
  write(value: number, count: number): void {
    const pending = (this.#pending << count) | (value & ((1 << count) - 1));
    let pendingCount = this.#pendingCount + count;
    while (pendingCount >= 8) {
      pendingCount -= 8;
      this.#bytes[this.#at++] = pending >>> pendingCount;
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

  /** The last call: ends the last byte with zeros. Writes one even if it is empty, as readers of Gorilla look one byte ahead. */
  end(): void {
    this.#bytes[this.#at++] = this.#pending << (8 - this.#pendingCount);
    this.#out.length = this.#at;
  }
}
