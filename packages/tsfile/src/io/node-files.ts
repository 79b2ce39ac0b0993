// Files on disk.

import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TsFileError } from '../errors.ts';
import type { ByteSink, ByteSource } from './ports.ts';

/** @throws the system's errors, such as ENOENT. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return new FileSource(file, size);
  } catch (error) {
    await file.close();
    throw error;
  }
}

export interface FileSinkOptions {
  /** `finish` waits until the file and its name are on disk. Otherwise a crash of the machine may take them. */
  readonly isDurable?: boolean;
}

/**
 * Makes a new file; one that is there is left alone.
 * @throws the system's errors, such as EEXIST.
 */
export async function createFileSink(path: string, { isDurable = false }: FileSinkOptions = {}): Promise<ByteSink> {
  return new FileSink(await open(path, 'wx'), path, isDurable);
}

class FileSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #file: FileHandle;

  constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  async read(offset: number, count: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(count);
    for (let done = 0; done < count; ) {
      const { bytesRead } = await this.#file.read(bytes, done, count - done, offset + done);
      if (bytesRead === 0) {
        throw new TsFileError('TSFILE_TRUNCATED', 'the file has become shorter', { offset: offset + done });
      }
      done += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

class FileSink implements ByteSink {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #isDurable: boolean;

  constructor(file: FileHandle, path: string, isDurable: boolean) {
    this.#file = file;
    this.#path = path;
    this.#isDurable = isDurable;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done);
      done += bytesWritten;
    }
  }

  async finish(): Promise<void> {
    try {
      if (this.#isDurable) await this.#file.sync();
    } finally {
      await this.#file.close();
    }
    if (this.#isDurable) await syncFolder(dirname(this.#path));
  }

  async abort(): Promise<void> {
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}

/** A file's name is part of its folder, which has to reach the disk by itself. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
