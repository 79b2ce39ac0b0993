// The folder of a storage engine on a simulated disk, which it shares with the log: it is as slow, as full and as broken, and dies
// with it.

import { StorageError, type StorageFolder } from '@balsa/engine/storage';
import type { Disk, DiskFile, Done } from '@balsa/replica';

type ByteSink = Awaited<ReturnType<StorageFolder['createSink']>>;
type ByteSource = Awaited<ReturnType<StorageFolder['openSource']>>;

export class DiskStorageFolder implements StorageFolder {
  readonly #disk: Disk;
  readonly #path: string;

  static async open(disk: Disk, path: string): Promise<DiskStorageFolder> {
    await disk.createFolder(path);
    return new DiskStorageFolder(disk, path);
  }

  private constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  list(): Promise<string[]> {
    return this.#disk.list(this.#path);
  }

  async createSink(name: string): Promise<ByteSink> {
    if ((await this.list()).includes(name)) throw systemError('EEXIST', name);
    const file = await this.#disk.open(this.#pathOf(name), { create: true });
    return new DiskSink(file, () => this.remove(name));
  }

  async openSource(name: string): Promise<ByteSource> {
    const file = await this.#disk.open(this.#pathOf(name));
    try {
      return new DiskSource(name, file, await file.sizeBytes());
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.#disk.rename(this.#pathOf(from), this.#pathOf(to));
  }

  remove(name: string): Promise<void> {
    return this.#disk.remove(this.#pathOf(name));
  }

  sync(): Promise<void> {
    return this.#disk.syncFolder(this.#path);
  }

  #pathOf(name: string): string {
    return `${this.#path}/${name}`;
  }
}

class DiskSink implements ByteSink {
  readonly #file: DiskFile;
  readonly #remove: () => Promise<void>;
  #sizeBytes = 0;
  #isOpen = true;

  constructor(file: DiskFile, remove: () => Promise<void>) {
    this.#file = file;
    this.#remove = remove;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const position = this.#sizeBytes;
    this.#sizeBytes += bytes.length;
    await done((tell) => this.#file.write(Uint8Array.from(bytes), position, tell));
  }

  async finish(): Promise<void> {
    if (!this.#isOpen) return;
    await done((tell) => this.#file.flush(tell));
    this.#isOpen = false;
    await this.#file.close();
  }

  async abort(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
    await this.#remove();
  }
}

class DiskSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #name: string;
  readonly #file: DiskFile;
  #isOpen = true;

  constructor(name: string, file: DiskFile, sizeBytes: number) {
    this.#name = name;
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  async read(offset: number, count: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(count);
    const got = await this.#file.read(bytes, offset);
    if (got === count) return bytes;
    const name = this.#name;
    throw new StorageError('STORAGE_DAMAGED', `${name} has become shorter`, { file: name });
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }
}

function done(start: (tell: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
