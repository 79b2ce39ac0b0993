// Little-endian reading of bytes that somebody else wrote: every read is checked against the end, every number against
// what JavaScript can hold exactly, every text against UTF-8.

import { isUtf8 } from 'node:buffer';
import { WireError } from './errors.ts';

const twoTo32 = 0x1_0000_0000;
const safeHighMax = 0x1f_ffff;

export class ByteReader {
  readonly bytes: Buffer;
  readonly end: number;
  offset: number;

  /** Reads `bytes` from `start` up to `end`. */
  constructor(bytes: Buffer, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  u8(): number {
    const at = this.#advance(1);
    return this.bytes[at] ?? 0;
  }

  u16(): number {
    return this.bytes.readUInt16LE(this.#advance(2));
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.#advance(4));
  }

  u64(): number {
    const at = this.#advance(8);
    const high = this.bytes.readUInt32LE(at + 4);
    if (high > safeHighMax) throw new WireError('BYTES_MALFORMED', 'an integer is larger than 2^53 - 1');
    return high * twoTo32 + this.bytes.readUInt32LE(at);
  }

  i64(): number {
    const at = this.#advance(8);
    const value = this.bytes.readInt32LE(at + 4) * twoTo32 + this.bytes.readUInt32LE(at);
    if (!Number.isSafeInteger(value)) throw new WireError('BYTES_MALFORMED', 'an integer is beyond 2^53 - 1');
    return value;
  }

  /** The next `count` bytes, as a view. */
  raw(count: number): Buffer {
    const at = this.#advance(count);
    return this.bytes.subarray(at, at + count);
  }

  /** Everything up to the end, as a view. */
  rest(): Buffer {
    return this.raw(this.remaining);
  }

  /** Copies bytes into the memory of a typed array, which decides how many. */
  fill(target: ArrayBufferView): void {
    const at = this.#advance(target.byteLength);
    const memory = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    this.bytes.copy(memory, 0, at, at + target.byteLength);
  }

  text16(bytesMax = 0xffff): string {
    return this.#text(this.u16(), bytesMax);
  }

  text32(bytesMax: number): string {
    return this.#text(this.u32(), bytesMax);
  }

  /** Throws unless `count` items of `itemBytes` each are there: ask before taking memory for them. */
  expect(count: number, itemBytes: number): void {
    if (count * itemBytes > this.remaining) throw truncated(count * itemBytes, this.remaining);
  }

  /** Throws if something is left over. */
  finish(): void {
    if (this.offset !== this.end) {
      throw new WireError('BYTES_MALFORMED', `${this.remaining} bytes are left over behind the last field`);
    }
  }

  #text(size: number, bytesMax: number): string {
    if (size > bytesMax)
      throw new WireError('LIMIT_EXCEEDED', `a text of ${size} bytes is over the limit of ${bytesMax}`);
    const bytes = this.raw(size);
    if (!isUtf8(bytes)) throw new WireError('BYTES_MALFORMED', 'a text is not UTF-8');
    return bytes.toString('utf8');
  }

  #advance(count: number): number {
    const at = this.offset;
    if (at + count > this.end) throw truncated(count, this.end - at);
    this.offset = at + count;
    return at;
  }
}

function truncated(needed: number, remaining: number): WireError {
  return new WireError('BYTES_TRUNCATED', `${needed} bytes are needed where ${remaining} are left`);
}
