// A file that is written from front to end. From time to time it is made durable as far as it is, lest everything is left
// for the end, and the log waits behind it.

import type { Disk, DiskFile } from '../disk/disk.ts';
import { flushFile, writeFile } from '../disk/promises.ts';

const unflushedBytesMax = 8 * 1024 * 1024;

export class GrowingFile {
  readonly path: string;
  readonly file: DiskFile;
  #sizeBytes = 0;
  #unflushedBytes = 0;
  #isClosed = false;

  /** Of a file that is there already, what it holds is written over. */
  static async open(disk: Disk, path: string): Promise<GrowingFile> {
    return new GrowingFile(path, await disk.open(path, { create: true }));
  }

  private constructor(path: string, file: DiskFile) {
    this.path = path;
    this.file = file;
  }

  /** If it fails, the next attempt begins where this one did. */
  async append(bytes: Uint8Array): Promise<void> {
    await writeFile(this.file, bytes, this.#sizeBytes);
    this.#sizeBytes += bytes.length;
    this.#unflushedBytes += bytes.length;
    if (this.#unflushedBytes < unflushedBytesMax) return;
    await flushFile(this.file);
    this.#unflushedBytes = 0;
  }

  /** Makes all of it durable, and closes the file. */
  async finish(): Promise<void> {
    await flushFile(this.file);
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.file.close();
  }
}
