// Big-endian reading of bytes that somebody else wrote. Every read is checked against the end; errors say where in the
// file it happened.

import { isUtf8 } from 'node:buffer';
import { TsFileError, type TsFileErrorCode } from '../errors.ts';

/** Where the bytes of a reader come from. */
export interface Place {
  /** Where in the file its first byte lies. */
  readonly offset: number;
  /** The bytes were decompressed: positions among them are not positions in the file. */
  readonly isInsidePage?: boolean;
}

export class ByteReader {
  readonly bytes: Buffer;
  readonly end: number;
  /** What is read next, as an index of `bytes`. */
  position: number;
  readonly #place: Place;

  constructor(bytes: Uint8Array, place: Place) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = 0;
    this.end = bytes.length;
    this.#place = place;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Where in the file the next byte lies; of decompressed bytes: where their page lies. */
  get offset(): number {
    return this.#place.isInsidePage ? this.#place.offset : this.#place.offset + this.position;
  }

  error(code: TsFileErrorCode, message: string): TsFileError {
    const inside = this.#place.isInsidePage ? `, byte ${this.position} of the page` : '';
    return new TsFileError(code, `${message}${inside}`, { offset: this.offset });
  }

  damaged(message: string): TsFileError {
    return this.error('TSFILE_DAMAGED', message);
  }

  u8(): number {
    if (this.position >= this.end) throw this.#truncated(1);
    return this.bytes[this.position++] ?? 0;
  }

  i32(): number {
    return this.bytes.readInt32BE(this.advance(4));
  }

  i64(): bigint {
    return this.bytes.readBigInt64BE(this.advance(8));
  }

  f32(): number {
    return this.bytes.readFloatBE(this.advance(4));
  }

  f64(): number {
    return this.bytes.readDoubleBE(this.advance(8));
  }

  /** Seven bits a byte, the low ones first; up to 2^32 - 1. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) throw this.damaged('an integer of variable length is longer than 32 bits');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** A signed 32-bit integer, as `uvarint` of its zigzag form. */
  varint(): number {
    const zigzag = this.uvarint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** The next `count` bytes, as a view. */
  raw(count: number): Buffer {
    const at = this.advance(count);
    return this.bytes.subarray(at, at + count);
  }

  /** A text behind its length as `varint`; -1 stands for none. */
  varText(bytesMax: number): string | null {
    const size = this.varint();
    return size === -1 ? null : this.#text(size, bytesMax);
  }

  /** A text that must be there. */
  name(bytesMax: number): string {
    const name = this.varText(bytesMax);
    if (name === null) throw this.damaged('a name is missing');
    return name;
  }

  /** Bytes behind their length as i32. */
  binary(): Buffer {
    const size = this.i32();
    if (size < 0) throw this.damaged('a length is negative');
    return this.raw(size);
  }

  /** A text behind its length as i32. */
  text(bytesMax: number): string {
    return this.#text(this.i32(), bytesMax);
  }

  /** Throws unless `count` items of at least `itemBytes` each are there: ask before taking memory for them. */
  expect(count: number, itemBytes: number): void {
    if (count * itemBytes > this.remaining) throw this.#truncated(count * itemBytes);
  }

  /** Throws if something is left over. */
  finish(): void {
    if (this.position !== this.end) throw this.damaged(`${this.remaining} bytes are left over behind the last field`);
  }

  /** Steps over `count` bytes; gives the index of the first. */
  advance(count: number): number {
    const at = this.position;
    if (at + count > this.end) throw this.#truncated(count);
    this.position = at + count;
    return at;
  }

  #text(size: number, bytesMax: number): string {
    if (size < 0) throw this.damaged('a length is negative');
    if (size > bytesMax) {
      throw this.error('TSFILE_OVER_LIMITS', `a name of ${size} bytes is over the limit of ${bytesMax}`);
    }
    const bytes = this.raw(size);
    if (!isUtf8(bytes)) throw this.damaged('a name is not UTF-8');
    return bytes.toString('utf8');
  }

  #truncated(needed: number): TsFileError {
    return this.error('TSFILE_TRUNCATED', `${needed} bytes are needed where ${this.remaining} are left`);
  }
}
