// What the storage engine needs of a disk: one flat folder whose files are written once, from front to back, and never
// changed. A real twin and a simulated one pass the same suite (storage-folder.conformance.ts).
//
// Errors carry the operating system's `code` (ENOENT, EEXIST, ENOSPC, EIO, ...), as Node's do.

import type { ByteSink, ByteSource } from '@balsa/tsfile';

export interface StorageFolder {
  /** Names of all files, sorted. */
  list(): Promise<string[]>;
  /**
   * Begins a new file; one that is there is left alone (EEXIST). Its bytes are durable when the sink's `finish` is done; its
   * name only after `sync`. The sink's `abort` removes it.
   */
  createSink(name: string): Promise<ByteSink>;
  /** Rejects with ENOENT if there is no such file. Stays readable while it is open, also after `remove`. */
  openSource(name: string): Promise<ByteSource>;
  /** Replaces `to` if it is there: after a crash either is, whole. Durable after `sync`. */
  rename(from: string, to: string): Promise<void>;
  /** Durable after `sync`. Rejects with ENOENT if there is no such file. */
  remove(name: string): Promise<void>;
  /** Makes creations, renames and removals durable. */
  sync(): Promise<void>;
}

/** The operating system's code of an error, if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A removal that has happened already is none. */
export async function removeIfThere(folder: StorageFolder, name: string): Promise<void> {
  try {
    await folder.remove(name);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** All bytes of a file; rejects with a RangeError if it has more than `bytesMax`. */
export async function readWhole(folder: StorageFolder, name: string, bytesMax: number): Promise<Buffer> {
  const source = await folder.openSource(name);
  try {
    if (source.sizeBytes > bytesMax)
      throw new RangeError(`${name} has ${source.sizeBytes} bytes, more than ${bytesMax}`);
    const bytes = await source.read(0, source.sizeBytes);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } finally {
    await source.close();
  }
}

/** A new file of these bytes. Its name is durable after `sync`. */
export async function writeWhole(folder: StorageFolder, name: string, bytes: Uint8Array): Promise<void> {
  const sink = await folder.createSink(name);
  try {
    await sink.write(bytes);
    await sink.finish();
  } catch (error) {
    await sink.abort().catch(() => undefined);
    throw error;
  }
}
