// The snapshots of an engine are manifests: the files that they name lie in its folder, do not change, and are what another replica
// needs.

import { reasonOf, StorageError, type StorageErrorCode } from '../errors.ts';
import type { FileStore } from '../files/file-store.ts';
import { decodeManifest, type FileIdentity, filesOf, type Manifest } from '../files/manifest.ts';
import { FilesReceiver } from './files-receiver.ts';
import { HeldFiles } from './held-files.ts';

const tellsOfLoss: ReadonlySet<StorageErrorCode> = new Set(['STORAGE_DAMAGED', 'STORAGE_SNAPSHOT_MALFORMED']);

export class SnapshotFiles {
  readonly #store: FileStore;
  readonly #held = new Set<HeldFiles>();
  #receiver: FilesReceiver | undefined;

  constructor(store: FileStore) {
    this.#store = store;
  }

  /**
   * Whether a snapshot could be restored from what is here: all files are, and what describes them is sound. Points are not read.
   * Resolves with what is wrong: STORAGE_SNAPSHOT_MALFORMED, STORAGE_DAMAGED. @throws the system's errors.
   */
  async check(content: Uint8Array): Promise<StorageError | undefined> {
    try {
      const manifest = decodeSnapshot(content);
      this.#requireAll(filesOf(manifest));
      for (const file of [...manifest.catalog, ...manifest.files.map(({ resource }) => resource)]) {
        await this.#store.readChecked(file);
      }
      return undefined;
    } catch (error) {
      if (error instanceof StorageError && tellsOfLoss.has(error.code)) return error;
      throw error;
    }
  }

  /**
   * The files of this snapshot stay until they are released.
   * @throws StorageError STORAGE_SNAPSHOT_MALFORMED; STORAGE_DAMAGED: one is not here.
   */
  async hold(content: Uint8Array): Promise<HeldFiles> {
    return this.holdAll(decodeSnapshot(content));
  }

  /** The same of a snapshot that was decoded. @throws StorageError STORAGE_DAMAGED: one is not here. */
  holdAll(manifest: Manifest): HeldFiles {
    const files = filesOf(manifest);
    this.#requireAll(files);
    return this.keep(files);
  }

  /** Brings the files of another replica's snapshot here. Another that was begun is given up. @throws as `hold`. */
  async receive(content: Uint8Array): Promise<FilesReceiver> {
    const manifest = decodeSnapshot(content);
    await this.#receiver?.close();
    this.#receiver = await FilesReceiver.open(this.#store, filesOf(manifest), (files) => this.keep(files));
    return this.#receiver;
  }

  #requireAll(files: readonly FileIdentity[]): void {
    const missing = files.find(({ name }) => !this.#store.has(name));
    if (missing === undefined) return;
    const { name } = missing;
    throw new StorageError('STORAGE_DAMAGED', `${name}, which a snapshot needs, is not here`, { file: name });
  }

  /** The files stay until they are released. */
  keep(files: readonly FileIdentity[]): HeldFiles {
    const held = new HeldFiles(this.#store, files, (it) => this.#held.delete(it));
    this.#held.add(held);
    return held;
  }

  /** Nothing is read or received any more. What was held is there at the next start. */
  async close(): Promise<void> {
    for (const held of [...this.#held]) held.close();
    await this.#receiver?.close();
  }
}

/** @throws StorageError STORAGE_SNAPSHOT_MALFORMED. */
export function decodeSnapshot(content: Uint8Array): Manifest {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  try {
    return decodeManifest(bytes, 'the manifest of the snapshot');
  } catch (error) {
    throw new StorageError('STORAGE_SNAPSHOT_MALFORMED', reasonOf(error), { cause: error });
  }
}
