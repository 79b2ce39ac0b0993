// Brings the files of a snapshot into a folder: those that are there already stay.

import type { ByteSource } from '@balsa/tsfile';
import { reasonOf, StorageError } from '../errors.ts';
import { fetchInto } from '../files/fetch-file.ts';
import type { FileStore } from '../files/file-store.ts';
import { decodeManifest, type FileIdentity, filesOf, type Manifest } from '../files/manifest.ts';
import { removeIfThere } from '../folder/storage-folder.ts';

export interface InstallOptions {
  /** Gets the bytes of a file from wherever the snapshot was captured; the source is closed by whoever asked. */
  fetch(file: FileIdentity): Promise<ByteSource>;
  readonly signal?: AbortSignal | undefined;
}

/** @throws StorageError STORAGE_SNAPSHOT_MALFORMED. */
export function decodeSnapshot(bytes: Buffer): Manifest {
  try {
    return decodeManifest(bytes, 'the manifest of the snapshot');
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    throw new StorageError('STORAGE_SNAPSHOT_MALFORMED', error.message, { cause: error });
  }
}

/** Everything that the snapshot needs has its name, durably, when it resolves. If it rejects, what was there is untouched. */
export async function installFiles(store: FileStore, manifest: Manifest, options: InstallOptions): Promise<void> {
  const { folder } = store;
  const here = new Set(
    store.files
      .filter(({ damage }) => damage === undefined)
      .flatMap(({ entry }) => [entry.file, entry.resource])
      .concat(store.manifest.catalog)
      .map(keyOf),
  );
  const missing = filesOf(manifest).filter((file) => !here.has(keyOf(file)));
  const fetched: FileIdentity[] = [];
  try {
    for (const file of missing) {
      fetched.push(file);
      const source = await options.fetch(file);
      try {
        await fetchInto(folder, newName(file), file, source, options.signal);
      } finally {
        await source.close();
      }
    }
    options.signal?.throwIfAborted();
    // Only a damaged file can have such a name already.
    for (const file of missing) await folder.rename(newName(file), file.name);
    await folder.sync();
  } catch (error) {
    for (const file of fetched) await removeIfThere(folder, newName(file)).catch(() => undefined);
    if (error instanceof StorageError || options.signal?.aborted) throw error;
    throw new StorageError('STORAGE_FAILED', `the snapshot could not be installed: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function newName({ name }: FileIdentity): string {
  return `${name}.new`;
}

function keyOf({ name, sizeBytes, checksum }: FileIdentity): string {
  return `${name}/${sizeBytes}/${checksum}`;
}
