import { StatementError } from '../statement-error.ts';

/** Memory that several queries have in common. */
export interface SharedMemory {
  /** False: there is not so much left, and nothing was taken. */
  tryTake(bytes: number): boolean;
  giveBack(bytes: number): void;
}

/** What a query holds, counted before it is taken. */
export class MemoryBudget {
  readonly #bytesMax: number;
  readonly #shared: SharedMemory | undefined;
  #bytesHeld = 0;
  #bytesPeak = 0;
  #isEnded = false;

  constructor(bytesMax: number, shared?: SharedMemory) {
    this.#bytesMax = bytesMax;
    this.#shared = shared;
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
    if (!this.#isEnded && this.#shared?.tryTake(bytes) === false) {
      const reason = 'all queries together hold as much memory as they may; ask again, or for less';
      throw new StatementError('QUERY_OUT_OF_MEMORY', reason);
    }
    this.#bytesHeld += bytes;
    this.#bytesPeak = Math.max(this.#bytesPeak, this.#bytesHeld);
  }

  give(bytes: number): void {
    this.#bytesHeld -= bytes;
    if (!this.#isEnded) this.#shared?.giveBack(bytes);
  }

  /** The query is over: others may have what it still holds, which nobody looks at any more. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#shared?.giveBack(this.#bytesHeld);
  }
}
