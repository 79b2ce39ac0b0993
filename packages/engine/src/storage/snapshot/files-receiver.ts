import type { ByteSink } from '@balsa/tsfile';
import { crc32c } from '@balsa/wire';
import { StorageError } from '../errors.ts';
import { unfinishedName } from '../files/fetch-file.ts';
import type { FileStore } from '../files/file-store.ts';
import type { FileIdentity } from '../files/manifest.ts';
import { removeIfThere } from '../folder/storage-folder.ts';
import type { HeldFiles } from './held-files.ts';

/** A file that comes. */
interface Incoming {
  readonly file: FileIdentity;
  /** Where it begins among all. */
  readonly start: number;
  readonly isHere: boolean;
}

/**
 * Brings the files of a snapshot into the folder: as one, each behind the one before, without those that are there already. They count
 * once a manifest names them.
 */
export class FilesReceiver {
  readonly bytes: number;
  readonly #store: FileStore;
  readonly #files: readonly Incoming[];
  readonly #hold: (files: readonly FileIdentity[]) => HeldFiles;
  /** The file that `offset` is in. */
  #at = 0;
  #offset = 0;
  #current: { readonly sink: ByteSink; checksum: number } | undefined;
  /** A file that is here must not go because another state takes the place of the one that names it. */
  readonly #pinned: string[] = [];
  #underWay: Promise<unknown> | undefined;
  #isClosed = false;

  static async open(
    store: FileStore,
    files: readonly FileIdentity[],
    hold: (files: readonly FileIdentity[]) => HeldFiles,
  ): Promise<FilesReceiver> {
    const incoming: Incoming[] = [];
    let start = 0;
    for (const file of files) {
      incoming.push({ file, start, isHere: await store.pinIfHere(file) });
      start += file.sizeBytes;
    }
    return new FilesReceiver(store, incoming, start, hold);
  }

  private constructor(
    store: FileStore,
    files: readonly Incoming[],
    bytes: number,
    hold: (files: readonly FileIdentity[]) => HeldFiles,
  ) {
    this.#store = store;
    this.#hold = hold;
    this.#files = files;
    this.bytes = bytes;
    this.#pinned.push(...files.flatMap(({ file, isHere }) => (isHere ? [file.name] : [])));
    this.#passOver();
  }

  /** Of the bytes that are to come next. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * Bytes from `offset` on, one call at a time. Resolves with false if a file is not what it should be: it begins again.
   * @throws StorageError STORAGE_CLOSED. The system's errors.
   */
  write(bytes: Uint8Array): Promise<boolean> {
    const done = this.#write(bytes);
    this.#underWay = done.catch(() => undefined);
    return done;
  }

  async #write(bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.length && this.#at < this.#files.length; ) {
      const { file, start, isHere } = this.#files[this.#at]!;
      const end = start + file.sizeBytes;
      const part = bytes.subarray(at, at + end - this.#offset);
      if (!isHere) await this.#append(file, part);
      at += part.length;
      this.#offset += part.length;
      if (this.#offset < end) continue;
      if (!isHere && !(await this.#complete(file))) {
        this.#offset = start;
        return false;
      }
      this.#at++;
    }
    this.#passOver();
    return true;
  }

  /** All are here: durable, and held. */
  async finish(): Promise<HeldFiles> {
    if (this.#at < this.#files.length) throw new RangeError(`${this.#offset} of ${this.bytes} bytes are here`);
    await this.#store.folder.sync();
    const held = this.#hold(this.#files.map(({ file }) => file));
    await this.close();
    return held;
  }

  /** What came whole stays, for another attempt. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#underWay;
    const current = this.#current;
    this.#current = undefined;
    this.#store.unpin(this.#pinned);
    await current?.sink.abort().catch(() => undefined);
  }

  /** Goes on behind files that are here. */
  #passOver(): void {
    for (let next = this.#files[this.#at]; next?.isHere || next?.file.sizeBytes === 0; next = this.#files[this.#at]) {
      this.#offset = next.start + next.file.sizeBytes;
      this.#at++;
    }
  }

  async #append(file: FileIdentity, bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) throw new StorageError('STORAGE_CLOSED', 'these files are not received any more');
    if (this.#current === undefined) {
      await removeIfThere(this.#store.folder, unfinishedName(file));
      this.#current = { sink: await this.#store.folder.createSink(unfinishedName(file)), checksum: 0 };
    }
    await this.#current.sink.write(bytes);
    this.#current.checksum = crc32c(bytes, this.#current.checksum);
  }

  async #complete(file: FileIdentity): Promise<boolean> {
    const { sink, checksum } = this.#current!;
    if (checksum === file.checksum) await sink.finish();
    // What could not be finished is aborted when this is closed.
    this.#current = undefined;
    if (checksum !== file.checksum) {
      await sink.abort();
      return false;
    }
    // Only a damaged file can have such a name already.
    await this.#store.folder.rename(unfinishedName(file), file.name);
    this.#store.arrived(file.name);
    this.#store.pin([file.name]);
    this.#pinned.push(file.name);
    return true;
  }
}
