// The real folder.

import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ByteSink, type ByteSource, createFileSink, openFileSource } from '@balsa/tsfile';
import type { StorageFolder } from './storage-folder.ts';

/** Opens a folder, which is made, durably, with its parents, if it is not there. */
export async function openNodeFolder(path: string): Promise<StorageFolder> {
  const absolute = resolve(path);
  const firstCreated = await fs.mkdir(absolute, { recursive: true, mode: 0o750 });
  if (firstCreated !== undefined) {
    for (let folder = absolute; folder.length >= firstCreated.length; folder = dirname(folder)) {
      await syncFolder(dirname(folder));
    }
  }
  return new NodeFolder(absolute);
}

class NodeFolder implements StorageFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async list(): Promise<string[]> {
    return (await fs.readdir(this.#path)).sort();
  }

  createSink(name: string): Promise<ByteSink> {
    return createFileSink(join(this.#path, name), { isDurable: true });
  }

  openSource(name: string): Promise<ByteSource> {
    return openFileSource(join(this.#path, name));
  }

  rename(from: string, to: string): Promise<void> {
    return fs.rename(join(this.#path, from), join(this.#path, to));
  }

  remove(name: string): Promise<void> {
    return fs.unlink(join(this.#path, name));
  }

  sync(): Promise<void> {
    return syncFolder(this.#path);
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder to flush it; its file systems journal names on their own.
  if (process.platform === 'win32') return;
  const folder = await fs.open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
