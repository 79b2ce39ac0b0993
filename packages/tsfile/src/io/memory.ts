// Files in memory: for tests, and for bytes that come from elsewhere.

import { ByteWriter } from '../bytes/byte-writer.ts';
import type { ByteSink, ByteSource } from './ports.ts';

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    async read(offset, count) {
      if (offset < 0 || offset + count > bytes.length)
        throw new RangeError(`bytes ${offset} to ${offset + count} are not there`);
      return bytes.subarray(offset, offset + count);
    },
    async close() {},
  };
}

export class MemorySink implements ByteSink {
  readonly #out = new ByteWriter(64 * 1024);

  /** What was written, as a view. */
  get bytes(): Buffer {
    return this.#out.written();
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#out.raw(bytes);
  }

  async finish(): Promise<void> {}

  async abort(): Promise<void> {
    this.#out.clear();
  }
}
