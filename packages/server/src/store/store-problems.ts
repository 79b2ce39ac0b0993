// What is wrong with the store while it goes on: a disk that refuses to take files, files that are damaged.

import type { StorageError } from '@balsa/engine/storage';
import type { CodedLog } from '@balsa/replica';

export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** The engine tries again each second: without a failure for so long, the disk takes files again. */
const failureAgeMsMax = 5000;

export class StoreProblems {
  readonly #log: CodedLog<string>;
  readonly #nowMs: () => number;
  #failure: { readonly error: StorageError; readonly atMs: number } | undefined;

  /** `log` gets a line for every attempt that fails: limited in how many it passes on. */
  constructor(log: CodedLog<string>, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  failed(error: StorageError): void {
    this.#failure = { error, atMs: this.#nowMs() };
    this.#log('error', error.code, `${error.message}; nothing is lost, and it is tried again`, {});
  }

  damaged(error: StorageError): void {
    const { file } = error;
    const isCatalog = file?.endsWith('.catalog') ?? false;
    const outcome = isCatalog ? 'what it says is in memory, and is written anew' : 'nothing of it is served';
    this.#log('error', error.code, `${error.message}; ${outcome}`, file === undefined ? {} : { file });
  }

  /** What `health` should say. `damagedFiles`: how many there are just now. */
  current(damagedFiles: number): Problem | undefined {
    if (damagedFiles > 0) {
      const files = damagedFiles === 1 ? '1 file is' : `${damagedFiles} files are`;
      return { code: 'STORAGE_DAMAGED', message: `${files} damaged: nothing of them is served` };
    }
    const failure = this.#failure;
    if (failure === undefined || this.#nowMs() - failure.atMs > failureAgeMsMax) return undefined;
    return { code: failure.error.code, message: failure.error.message };
  }
}
