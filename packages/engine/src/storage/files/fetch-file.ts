// A file comes from elsewhere: it counts once all of it is there, and is what it should be.

import type { ByteSource } from '@balsa/tsfile';
import { crc32c } from '@balsa/wire';
import { StorageError } from '../errors.ts';
import { removeIfThere, type StorageFolder } from '../folder/storage-folder.ts';
import type { FileIdentity } from './manifest.ts';

const pieceBytes = 256 * 1024;

/** What it is called until then. */
export function unfinishedName({ name }: FileIdentity): string {
  return `${name}.new`;
}

/** Writes the bytes under another name. Rejects with STORAGE_SNAPSHOT_MALFORMED if they are not those of the file. */
export async function fetchInto(
  folder: StorageFolder,
  name: string,
  wanted: FileIdentity,
  source: ByteSource,
  signal?: AbortSignal,
): Promise<void> {
  if (source.sizeBytes !== wanted.sizeBytes) throw anotherFile(wanted);
  await removeIfThere(folder, name);
  const sink = await folder.createSink(name);
  try {
    let checksum = 0;
    for (let at = 0; at < wanted.sizeBytes; at += pieceBytes) {
      signal?.throwIfAborted();
      const bytes = await source.read(at, Math.min(pieceBytes, wanted.sizeBytes - at));
      checksum = crc32c(bytes, checksum);
      await sink.write(bytes);
    }
    if (checksum !== wanted.checksum) throw anotherFile(wanted);
    await sink.finish();
  } catch (error) {
    await sink.abort().catch(() => undefined);
    throw error;
  }
}

/** Whether a file is on disk as it should be. */
export async function isSound(folder: StorageFolder, { name, sizeBytes, checksum }: FileIdentity): Promise<boolean> {
  let source: ByteSource;
  try {
    source = await folder.openSource(name);
  } catch {
    return false;
  }
  try {
    if (source.sizeBytes !== sizeBytes) return false;
    let found = 0;
    for (let at = 0; at < sizeBytes; at += pieceBytes) {
      found = crc32c(await source.read(at, Math.min(pieceBytes, sizeBytes - at)), found);
    }
    return found === checksum;
  } finally {
    await source.close();
  }
}

function anotherFile({ name }: FileIdentity): StorageError {
  return new StorageError('STORAGE_SNAPSHOT_MALFORMED', `what was fetched for ${name} is something else`, {
    file: name,
  });
}
