// What is written, gathered into large pieces, and how far into the file it reaches.

import { ByteWriter } from '../bytes/byte-writer.ts';
import type { ByteSink } from '../io/ports.ts';

const pieceBytes = 1024 * 1024;

export class FileOutput {
  /** Takes what is to be written next; `drain` empties it. */
  readonly pending: ByteWriter = new ByteWriter(64 * 1024);
  readonly #sink: ByteSink;
  #drainedBytes = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#drainedBytes + this.pending.length;
  }

  /** Hands a large piece to the sink, if there is one. */
  async drain(): Promise<void> {
    if (this.pending.length >= pieceBytes) await this.drainAll();
  }

  async drainAll(): Promise<void> {
    const bytes = this.pending.written();
    await this.#sink.write(bytes);
    this.#drainedBytes += bytes.length;
    this.pending.clear();
  }
}
