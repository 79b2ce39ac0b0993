// What can only be known of the store by reading all of it: exact statistics. One reading at a time, for everybody who asked before it
// began; whoever asks later waits for the next, unless nothing was applied since.

import type { StoreStatistics } from '@balsa/wire';
import type { ReadableStore } from './readable-store.ts';

interface Reading {
  readonly appliedIndex: number;
  readonly result: Promise<StoreStatistics>;
  readonly abort: AbortController;
  /** Who still waits for it. */
  waiting: number;
}

export class StoreContents {
  readonly #store: ReadableStore;
  #reading: Reading | undefined;
  #last: StoreStatistics | undefined;

  constructor(store: ReadableStore) {
    this.#store = store;
  }

  /** As it was when somebody asked last. */
  get last(): StoreStatistics | undefined {
    return this.#last;
  }

  /** As it is now, or later. @throws as the store; StorageError; the signal's reason. */
  async read(signal: AbortSignal): Promise<StoreStatistics> {
    const gone = whenAborted(signal);
    try {
      for (;;) {
        signal.throwIfAborted();
        const { appliedIndex } = this.#store();
        if (this.#last?.appliedIndex === appliedIndex) return this.#last;
        const reading = this.#reading ?? this.#begin();
        if (reading.appliedIndex >= appliedIndex) return await this.#takePart(reading, gone.promise);
        await Promise.race([reading.result.catch(() => undefined), gone.promise]);
      }
    } finally {
      gone.forget();
    }
  }

  async #takePart(reading: Reading, gone: Promise<never>): Promise<StoreStatistics> {
    reading.waiting++;
    try {
      return await Promise.race([reading.result, gone]);
    } finally {
      reading.waiting--;
      if (reading.waiting === 0) this.#end(reading);
    }
  }

  #begin(): Reading {
    const store = this.#store();
    const abort = new AbortController();
    const result = store.content(abort.signal);
    const reading: Reading = { appliedIndex: store.appliedIndex, result, abort, waiting: 0 };
    this.#reading = reading;
    const onEnd = (): void => this.#end(reading);
    result
      .then((content) => {
        this.#last = content;
      })
      .then(onEnd, onEnd);
    return reading;
  }

  /** It is over, or nobody waits for it any more: nobody may join it. */
  #end(reading: Reading): void {
    if (this.#reading !== reading) return;
    this.#reading = undefined;
    reading.abort.abort(new Error('nobody waits for it'));
  }
}

/** Never resolves. */
function whenAborted(signal: AbortSignal): { readonly promise: Promise<never>; forget(): void } {
  let onAbort = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  // It may be that nobody waits for it just then.
  promise.catch(() => undefined);
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
