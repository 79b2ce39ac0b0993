// Tells from outside whether a fuzzing process still does what it should.

import { residentBytes } from '../measure/resident-memory.ts';
import { readTrial } from './trial-file.ts';

const stallMsDefault = 20_000;
/** The heap and everything that lies beside it. */
const residentBytesMax = 1024 * 1024 * 1024;

export class ChildWatch {
  readonly #trialFile: string;
  readonly #stallMs: number;
  #execution = 0;
  #position = 0;
  #movedMs = performance.now();

  constructor(trialFile: string, stallMs: number = stallMsDefault) {
    this.#trialFile = trialFile;
    this.#stallMs = stallMs;
  }

  /** Which input of its target is being tried. */
  get execution(): number {
    return this.#execution;
  }

  /** Why the process has to be ended, or `undefined`. Without a /proc only the limit on the heap holds. */
  look(pid: number): string | undefined {
    const { position = 0, execution = 0 } = readTrial(this.#trialFile) ?? {};
    if (position !== this.#position || execution !== this.#execution) {
      this.#position = position;
      this.#execution = execution;
      this.#movedMs = performance.now();
    }
    if (performance.now() - this.#movedMs > this.#stallMs) return `it has not ended after ${this.#stallMs} ms`;
    const resident = residentBytes(pid) ?? 0;
    return resident > residentBytesMax ? `its process takes ${resident} bytes of memory` : undefined;
  }
}
