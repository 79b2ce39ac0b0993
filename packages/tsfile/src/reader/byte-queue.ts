// Bytes that come in pieces of any size, read as if they lay in one.

import { ByteReader } from '../bytes/byte-reader.ts';
import { TsFileError } from '../errors.ts';

export class ByteQueue {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** What has come and was not taken yet. */
  #waiting: Buffer = Buffer.alloc(0);
  #offset = 0;
  #hasEnded = false;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Where in the file the next byte lies. */
  get offset(): number {
    return this.#offset;
  }

  /** Exactly `count` bytes. @throws TsFileError TSFILE_TRUNCATED if fewer come. */
  async take(count: number): Promise<ByteReader> {
    if (!(await this.#fill(count))) {
      const message = `${count} bytes are needed where ${this.#waiting.length} came`;
      throw new TsFileError('TSFILE_TRUNCATED', message, { offset: this.#offset });
    }
    return this.#remove(count);
  }

  /**
   * What `parse` reads, which may be up to `bytesMax` bytes. If they were too few, it is called again from the start when more
   * have come: it must do nothing but read.
   */
  async parse<T>(bytesMax: number, parse: (source: ByteReader) => T): Promise<T> {
    for (let count = 64; ; count *= 4) {
      const isAllThere = await this.#fill(Math.min(count, bytesMax));
      const source = new ByteReader(this.#waiting, { offset: this.#offset });
      try {
        const value = parse(source);
        this.#remove(source.position);
        return value;
      } catch (error) {
        const mayHelp = error instanceof TsFileError && error.code === 'TSFILE_TRUNCATED';
        if (!mayHelp || !isAllThere || count >= bytesMax) throw error;
      }
    }
  }

  /** The last bytes of all that still comes: `bytesMax` of them, or all if there are fewer. */
  async last(bytesMax: number): Promise<ByteReader> {
    while (await this.#fill(bytesMax + 1)) this.#remove(this.#waiting.length - bytesMax);
    return this.#remove(this.#waiting.length);
  }

  /** Ends the pieces. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  /** Waits until `count` bytes have come; `false` if they never will. */
  async #fill(count: number): Promise<boolean> {
    const pieces = [this.#waiting];
    let size = this.#waiting.length;
    while (size < count && !this.#hasEnded) {
      const next = await this.#pieces.next();
      if (next.done === true) this.#hasEnded = true;
      else {
        pieces.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
        size += next.value.length;
      }
    }
    if (pieces.length > 1) this.#waiting = Buffer.concat(pieces);
    return size >= count;
  }

  #remove(count: number): ByteReader {
    const source = new ByteReader(this.#waiting.subarray(0, count), { offset: this.#offset });
    this.#waiting = this.#waiting.subarray(count);
    this.#offset += count;
    return source;
  }
}
