// Lines that cannot be imported are kept beside the file, under its head, so that they can be mended and imported by themselves.

import { type FileHandle, open } from 'node:fs/promises';
import { CliError } from '../../errors.ts';

export interface BadLine {
  readonly line: number;
  readonly raw: string;
  readonly reason: string;
}

const REPORTED_MAX = 20;

export interface BadLinesOptions {
  /** Where they are kept; `undefined`: nowhere. */
  readonly path: string | undefined;
  /** The first line of the file that they come from. */
  readonly head: string;
  readonly max: number;
  /** Hears of the first of them. */
  readonly report: (text: string) => void;
}

export class BadLines {
  readonly #options: BadLinesOptions;
  #file: FileHandle | undefined;
  count = 0;

  constructor(options: BadLinesOptions) {
    this.#options = options;
  }

  /** @throws CliError BAD_LINES_OVER_LIMIT; the system's errors. */
  async add({ line, raw, reason }: BadLine): Promise<void> {
    const { path, max, report } = this.#options;
    this.count++;
    if (this.count <= REPORTED_MAX) report(`line ${line}: ${reason}`);
    if (this.count === REPORTED_MAX + 1) report('further lines are not named');
    if (path !== undefined) {
      this.#file ??= await this.#create(path);
      await this.#file.appendFile(`${raw}\n`);
    }
    if (this.count > max) {
      const kept = path === undefined ? '' : `; they are kept in ${path}`;
      throw new CliError('BAD_LINES_OVER_LIMIT', `more than ${max} lines are wrong${kept}`);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #create(path: string): Promise<FileHandle> {
    const file = await open(path, 'w');
    await file.appendFile(`${this.#options.head}\n`);
    return file;
  }
}
