import { chunkBytesMax, recordBytesTarget, type SnapshotFormat } from './format.ts';
import { RecordWriter } from './record-writer.ts';

/** Writes one record, or a few small ones, at each step. */
export type RecordSource = (out: RecordWriter) => Iterator<void>;

/**
 * The chunks of a snapshot, written as they are asked for. Not a generator: `return` of a generator that was not begun
 * runs none of its code, and what was captured would never be let go.
 */
export class SnapshotChunks implements IterableIterator<Uint8Array> {
  readonly #out: RecordWriter;
  readonly #release: () => void;
  /** `undefined` once all is written or nothing more is wanted: with it goes what it has captured. */
  #records: Iterator<void> | undefined;

  /** `release` is called once: at the end, on failure or on `return`, whatever comes first. */
  constructor(format: SnapshotFormat, source: RecordSource, release: () => void = () => {}) {
    this.#out = new RecordWriter(format);
    this.#records = source(this.#out);
    this.#release = release;
  }

  next(): IteratorResult<Uint8Array, undefined> {
    const records = this.#records;
    if (records === undefined) return { done: true, value: undefined };
    try {
      while (this.#out.length <= chunkBytesMax - recordBytesTarget) {
        if (records.next().done) {
          this.#out.finish();
          this.#letGo();
          break;
        }
      }
    } catch (error) {
      this.#letGo();
      throw error;
    }
    return { done: false, value: this.#out.take() };
  }

  return(): IteratorResult<Uint8Array, undefined> {
    if (this.#records !== undefined) this.#letGo();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #letGo(): void {
    this.#records = undefined;
    this.#release();
  }
}
