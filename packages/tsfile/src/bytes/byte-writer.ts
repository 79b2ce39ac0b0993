// Big-endian writing into one growing buffer.

// NaN has many bit patterns, and which of them a computed one has depends on how warm the code is: Java's is written for each.
const float32NaN = 0x7fc0_0000;
const float64NaN = 0x7ff8_0000_0000_0000n;

export class ByteWriter {
  /** Memory being written; replaced when it grows. Bytes from `length` on are garbage. */
  bytes: Buffer;
  /** How many bytes have been written. */
  length = 0;

  constructor(capacityBytes = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  u8(value: number): void {
    const at = this.advance(1);
    this.bytes[at] = value;
  }

  i32(value: number): void {
    const at = this.advance(4);
    const { bytes } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  i64(value: bigint): void {
    const at = this.advance(8);
    this.bytes.writeBigInt64BE(value, at);
  }

  f32(value: number): void {
    const at = this.advance(4);
    if (Number.isNaN(value)) this.bytes.writeUInt32BE(float32NaN, at);
    else this.bytes.writeFloatBE(value, at);
  }

  f64(value: number): void {
    const at = this.advance(8);
    if (Number.isNaN(value)) this.bytes.writeBigUInt64BE(float64NaN, at);
    else this.bytes.writeDoubleBE(value, at);
  }

  /** Seven bits a byte, the low ones first; 32 bits, without a sign. */
  uvarint(value: number): void {
    let rest = value >>> 0;
    for (; rest >= 0x80; rest >>>= 7) this.u8((rest & 0x7f) | 0x80);
    this.u8(rest);
  }

  /** A signed 32-bit integer, as `uvarint` of its zigzag form. */
  varint(value: number): void {
    this.uvarint((value << 1) ^ (value >> 31));
  }

  raw(source: Uint8Array): void {
    const at = this.advance(source.length);
    this.bytes.set(source, at);
  }

  /** A text behind its length as `varint`; -1 stands for none. */
  varText(value: string | null): void {
    if (value === null) {
      this.varint(-1);
      return;
    }
    const size = Buffer.byteLength(value);
    this.varint(size);
    const at = this.advance(size);
    this.bytes.write(value, at, size, 'utf8');
  }

  /** Bytes behind their length as i32. */
  binary(value: Uint8Array): void {
    this.i32(value.length);
    this.raw(value);
  }

  /** Makes room for `count` more bytes, so that what follows grows at most once. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** Steps over `count` bytes, which the caller fills; gives the index of the first. */
  advance(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) this.reserve(count);
    this.length = at + count;
    return at;
  }

  /** Forgets what was written, and keeps the memory. */
  clear(): void {
    this.length = 0;
  }

  /** What has been written, as a view: valid until the writer is written to again. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
