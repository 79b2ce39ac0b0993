// Little-endian writing into one growing buffer. Integers beyond 32 bits are JavaScript safe integers, written as u64
// or i64; node ids, terms, indexes, sessions and times all are.

import { type BufferPool, unpooled } from './buffer-pool.ts';

const twoTo32 = 0x1_0000_0000;

export class ByteWriter {
  /** Memory being written; replaced when it grows. Bytes from `length` on are garbage. */
  bytes: Buffer;
  /** How many bytes have been written. */
  length = 0;
  readonly #pool: BufferPool;

  /** Starts with room for `capacityBytes`, taken from `pool`. */
  constructor(capacityBytes: number, pool: BufferPool = unpooled) {
    this.#pool = pool;
    this.bytes = pool.acquire(capacityBytes);
  }

  u8(value: number): void {
    const at = this.#advance(1);
    this.bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#advance(2);
    this.bytes.writeUInt16LE(value, at);
  }

  u32(value: number): void {
    const at = this.#advance(4);
    this.bytes.writeUInt32LE(value, at);
  }

  /** A safe integer, not negative. */
  u64(value: number): void {
    const at = this.#advance(8);
    this.bytes.writeUInt32LE(value % twoTo32, at);
    this.bytes.writeUInt32LE(Math.floor(value / twoTo32), at + 4);
  }

  /** A safe integer, two's complement. */
  i64(value: number): void {
    const at = this.#advance(8);
    const high = Math.floor(value / twoTo32);
    this.bytes.writeUInt32LE(value - high * twoTo32, at);
    this.bytes.writeInt32LE(high, at + 4);
  }

  raw(source: Uint8Array): void {
    const at = this.#advance(source.length);
    this.bytes.set(source, at);
  }

  /** The memory of a typed array, as it lies (every machine that Node runs on is little-endian). */
  array(source: ArrayBufferView): void {
    this.raw(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  }

  /** UTF-8 behind its length in bytes as u16; the caller has checked that it fits. */
  text16(value: string): void {
    const size = Buffer.byteLength(value);
    this.u16(size);
    const at = this.#advance(size);
    this.bytes.write(value, at, size, 'utf8');
  }

  /** UTF-8 behind its length in bytes as u32. */
  text32(value: string): void {
    const size = Buffer.byteLength(value);
    this.u32(size);
    const at = this.#advance(size);
    this.bytes.write(value, at, size, 'utf8');
  }

  /** Makes room for `count` more bytes, so that what follows grows at most once. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = this.#pool.acquire(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.#pool.release(this.bytes);
    this.bytes = larger;
  }

  /** What has been written, as a view: valid until the writer is written to again. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  #advance(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) this.reserve(count);
    this.length = at + count;
    return at;
  }
}
