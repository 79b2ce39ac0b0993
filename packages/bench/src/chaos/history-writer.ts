// The history of a run, in files that outside checkers can read (docs/history-format.md), written round by round. A file
// takes a limited number of operations; what comes then goes into a second file, and so on. Every register belongs to
// one round, so each file can be checked alone.

import { appendFileSync, writeFileSync } from 'node:fs';
import { formatHistory, formatOperations, historyOperationsMax } from '@balsa/linearizability';
import type { RegisterOperation } from './registers.ts';

export class HistoryWriter {
  readonly #path: string;
  readonly #comment: string;
  readonly #operationsMax: number;
  #file = '';
  #files = 0;
  #operations = 0;

  constructor(path: string, comment: string, operationsMax: number = historyOperationsMax) {
    this.#path = path;
    this.#comment = comment;
    this.#operationsMax = operationsMax;
    this.#begin();
  }

  get files(): number {
    return this.#files;
  }

  append(operations: readonly RegisterOperation[]): void {
    if (this.#operations > 0 && this.#operations + operations.length > this.#operationsMax) this.#begin();
    appendFileSync(this.#file, formatOperations(operations));
    this.#operations += operations.length;
  }

  #begin(): void {
    this.#files++;
    this.#operations = 0;
    this.#file = this.#files === 1 ? this.#path : `${this.#path}.${this.#files}`;
    writeFileSync(this.#file, formatHistory({ model: 'register', operations: [] }, [this.#comment]));
  }
}
