import { StatementError } from '../statement-error.ts';

/** What a query holds, counted before it is taken. */
export class MemoryBudget {
  readonly #bytesMax: number;
  #bytesHeld = 0;
  #bytesPeak = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  get bytesPeak(): number {
    return this.#bytesPeak;
  }

  /** @throws StatementError QUERY_OUT_OF_MEMORY; then nothing is taken. */
  take(bytes: number): void {
    if (this.#bytesHeld + bytes > this.#bytesMax) {
      const reason = `the query needs more than the ${this.#bytesMax} bytes of memory that it may hold; ask for fewer series, a shorter time, or fewer windows`;
      throw new StatementError('QUERY_OUT_OF_MEMORY', reason);
    }
    this.#bytesHeld += bytes;
    this.#bytesPeak = Math.max(this.#bytesPeak, this.#bytesHeld);
  }

  give(bytes: number): void {
    this.#bytesHeld -= bytes;
  }
}
