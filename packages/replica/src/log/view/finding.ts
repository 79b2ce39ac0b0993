import type { DamagedFileError, ReplicaErrorCode } from '../../errors.ts';

/** Something in a data folder that is not as it was written. */
export interface Finding {
  readonly code: ReplicaErrorCode;
  /** Below the data folder, such as `log/segment-000001.log`. */
  readonly file: string;
  /** In the file, in bytes; `undefined`: it is about the file as a whole. */
  readonly offset: number | undefined;
  readonly what: string;
}

/** A log that is damaged all over is described by as many; the others are counted. */
const findingsMax = 1000;

export class Findings {
  readonly listed: Finding[] = [];
  #count = 0;
  readonly #folder: string;

  /** `folder`: the data folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** All of them, those that are not listed as well. */
  get count(): number {
    return this.#count;
  }

  /** `path`: of the file. */
  add(code: ReplicaErrorCode, path: string, offset: number | undefined, what: string): void {
    this.#count++;
    if (this.listed.length < findingsMax)
      this.listed.push({ code, file: this.below(path), offset, what: this.#plain(what) });
  }

  addError({ code, path, offset, what }: DamagedFileError): void {
    this.add(code, path, offset, what);
  }

  below(path: string): string {
    return path.startsWith(`${this.#folder}/`) ? path.slice(this.#folder.length + 1) : path;
  }

  /** Sentences name files by their whole path. */
  #plain(what: string): string {
    return what.replaceAll(`${this.#folder}/`, '');
  }
}
