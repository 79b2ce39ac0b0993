// What goes on while commands are applied: sealed memtables become files, and files become fewer. One flush at a time, and one
// compaction, beside each other.

import { crc32c } from '@balsa/wire';
import { encodeChanges } from './catalog/catalog-bytes.ts';
import { compactFiles } from './compaction/compact-files.ts';
import { expiredFiles, pickFiles } from './compaction/pick-files.ts';
import { reasonOf, StorageError } from './errors.ts';
import type { DataFile } from './files/data-file.ts';
import { DataFileWriter, type WrittenDataFile } from './files/data-file-writer.ts';
import { DoubtfulCommit, type FileStore, noteFlushed } from './files/file-store.ts';
import type { FileIdentity, Manifest } from './files/manifest.ts';
import { removeIfThere, writeWhole } from './folder/storage-folder.ts';
import type { LogState } from './log-state.ts';
import type { Memtable, SealedState } from './memtable/memtable.ts';
import { writeMemtable } from './memtable/write-memtable.ts';
import type { StorageOptions } from './options.ts';
import { Worker } from './pace.ts';

export interface BackgroundEvents {
  /** The memtable is in files, and durable. */
  onFlushed(memtable: Memtable): void;
  onFlushFailed(error: StorageError): void;
}

export class Background {
  readonly #store: FileStore;
  readonly #state: LogState;
  readonly #options: StorageOptions;
  readonly #events: BackgroundEvents;
  readonly #stopping = new AbortController();
  #flushing: Promise<void> | undefined;
  #compacting: Promise<void> | undefined;
  /** Who waits for compaction to be over. */
  readonly #onCompactionFailed = new Set<(error: unknown) => void>();

  constructor(store: FileStore, state: LogState, options: StorageOptions, events: BackgroundEvents) {
    this.#store = store;
    this.#state = state;
    this.#options = options;
    this.#events = events;
    state.hasFiles = store.files.length > 0;
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#flushing === undefined && this.#state.sealed.length > 0) {
      this.#flushing = this.#untilDone(() => this.#flushAll()).finally(() => {
        this.#flushing = undefined;
        // A memtable may have been sealed between the last look and now.
        this.wake();
      });
    }
    if (this.#compacting === undefined && this.#hasCompaction()) {
      this.#compacting = this.#untilDone(() => this.#compactAll()).finally(() => {
        this.#compacting = undefined;
        this.wake();
      });
    }
  }

  /** Resolves when no compaction is under way or due. Rejects if one fails, which is tried again nevertheless. */
  async untilCompacted(): Promise<void> {
    let onFailed: (error: unknown) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      onFailed = reject;
    });
    failed.catch(() => undefined);
    this.#onCompactionFailed.add(onFailed);
    try {
      for (this.wake(); this.#compacting !== undefined; this.wake()) await Promise.race([this.#compacting, failed]);
    } finally {
      this.#onCompactionFailed.delete(onFailed);
    }
  }

  /** Ends what is under way; it leaves nothing behind. */
  async stop(): Promise<void> {
    this.#stopping.abort(new StorageError('STORAGE_CLOSED', 'the engine was closed'));
    await this.#flushing;
    await this.#compacting;
  }

  /** Whatever fails is reported, and tried again, until the engine is stopped. */
  async #untilDone(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await work();
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#report(error);
        await this.#options.pace.wait(this.#options.retryMs, signal).catch(() => undefined);
      }
    }
  }

  #report(error: unknown): void {
    // Damage was reported where it was met.
    if (error instanceof StorageError && error.code === 'STORAGE_DAMAGED') return;
    const message = `the disk refused a compaction: ${reasonOf(error)}`;
    const failure = new StorageError('STORAGE_FAILED', message, { cause: error });
    this.#options.onFailure(failure);
    for (const tell of this.#onCompactionFailed) tell(failure);
  }

  async #flushAll(): Promise<void> {
    for (let memtable = this.#state.sealed[0]; memtable !== undefined; memtable = this.#state.sealed[0]) {
      try {
        await this.#flush(memtable);
      } catch (error) {
        if (!this.#stopping.signal.aborted) {
          const message = `the disk refused a flush: ${reasonOf(error)}`;
          const failure = new StorageError('STORAGE_FAILED', message, { cause: error });
          this.#options.onFailure(failure);
          this.#events.onFlushFailed(failure);
          await this.#options.pace.wait(this.#options.retryMs, this.#stopping.signal).catch(() => undefined);
        }
        if (this.#stopping.signal.aborted) return;
      }
    }
  }

  async #flush(memtable: Memtable): Promise<void> {
    const store = this.#store;
    const { appliedIndex, rowsApplied, ttl } = memtable.sealed!;
    const { signal } = this.#stopping;
    const flush = store.manifest.nextFlush;
    const written = await writeMemtable(memtable, {
      folder: store.folder,
      flush,
      index: appliedIndex,
      drawName: () => `${flush}-${this.#options.drawName()}.tsfile`,
      flushedMs: (device) => store.catalog.flushedMs(device),
      worker: new Worker(this.#options.pace, signal),
    });
    const names: string[] = [];
    await this.#orRemove(written, names, async () => {
      const catalog = await this.#writeCatalog(memtable.sealed!, names);
      signal.throwIfAborted();
      const tombstones = this.#state.tombstones.all.filter(({ index }) => index <= appliedIndex);
      await this.#commit(written, [], (current) => ({
        appliedIndex,
        rowsApplied,
        ttl,
        tombstones,
        catalog,
        nextFlush: flush + 1,
        files: [...current.files, ...written.map(({ entry }) => entry)],
      }));
    });
    this.#events.onFlushed(memtable);
  }

  /**
   * Series that are new go into a file of their own; while that is not small against the one before, both become one: so there
   * are few files, and what is written for them stays in proportion.
   */
  async #writeCatalog(
    { catalogChanges, isWholeCatalog }: SealedState,
    names: string[],
  ): Promise<readonly FileIdentity[]> {
    const kept = isWholeCatalog ? [] : [...this.#store.manifest.catalog];
    if (catalogChanges.length === 0) return kept;
    let bytes = encodeChanges(catalogChanges);
    for (let last = kept.at(-1); last !== undefined && last.sizeBytes <= 2 * bytes.length; last = kept.at(-1)) {
      const before = await this.#readCatalog(last);
      if (before === undefined) break;
      bytes = Buffer.concat([before, bytes]);
      kept.pop();
    }
    const name = `${this.#options.drawName()}.catalog`;
    await writeWhole(this.#store.folder, name, bytes);
    names.push(name);
    return [...kept, { name, sizeBytes: bytes.length, checksum: crc32c(bytes) }];
  }

  /** `undefined` if it is damaged: another flush writes all of the catalog anew. */
  async #readCatalog(file: FileIdentity): Promise<Buffer | undefined> {
    try {
      return await this.#store.readChecked(file);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#store.noteDamage(file.name, error);
      return undefined;
    }
  }

  #hasCompaction(): boolean {
    const { files, manifest, catalog } = this.#store;
    return (
      pickFiles(files, manifest, this.#options.compaction) !== undefined ||
      expiredFiles(files, manifest, catalog).length > 0
    );
  }

  async #compactAll(): Promise<void> {
    const store = this.#store;
    while (!this.#stopping.signal.aborted) {
      const expired = expiredFiles(store.files, store.manifest, store.catalog);
      if (expired.length > 0) {
        await this.#commit([], expired, (current) => current);
        continue;
      }
      const inputs = pickFiles(store.files, store.manifest, this.#options.compaction);
      if (inputs === undefined) return;
      await this.#compact(inputs);
    }
  }

  async #compact(inputs: readonly DataFile[]): Promise<void> {
    const { compaction, pace, drawName } = this.#options;
    const store = this.#store;
    const { signal } = this.#stopping;
    for (const file of inputs) file.retain();
    try {
      const written = await compactFiles({
        inputs,
        manifest: store.manifest,
        catalog: store.catalog,
        folder: store.folder,
        fileBytesMax: compaction.fileBytesMax,
        worker: new Worker(pace, signal, compaction.bytesPerSecondMax),
        signal,
        drawName: () => `m-${drawName()}.tsfile`,
        quarantine: (file, error) => store.quarantine(file, error),
      });
      await this.#orRemove(written, [], async () => {
        signal.throwIfAborted();
        const added = written.map(({ entry }) => entry);
        await this.#commit(written, inputs, (current) => ({ ...current, files: [...current.files, ...added] }));
      });
    } finally {
      for (const file of inputs) file.release();
    }
  }

  async #commit(
    written: readonly WrittenDataFile[],
    removed: readonly DataFile[],
    next: (current: Manifest) => Manifest,
  ): Promise<void> {
    const store = this.#store;
    const added = written.map(({ entry, resource }) => store.dataFile(entry, resource));
    const gone = new Set(removed.map(({ name }) => name));
    await store.commit((current) => {
      const manifest = next(current);
      return { ...manifest, files: manifest.files.filter(({ file }) => !gone.has(file.name)) };
    }, added);
    for (const file of added) noteFlushed(store.catalog, file);
    this.#state.keepTombstones(store.manifest.appliedIndex, store.manifest.tombstones);
    this.#state.hasFiles = store.files.length > 0;
  }

  /** What was written for a commit that did not come about goes, unless nobody knows whether it did. */
  async #orRemove(
    written: readonly WrittenDataFile[],
    names: readonly string[],
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof DoubtfulCommit) throw error;
      for (const { entry } of written) await DataFileWriter.remove(this.#store.folder, entry);
      for (const name of names) await removeIfThere(this.#store.folder, name).catch(() => undefined);
      throw error;
    }
  }
}
