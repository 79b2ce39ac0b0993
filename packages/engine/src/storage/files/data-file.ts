// A sealed TsFile of the engine: opened when it is first read, kept on disk as long as anybody may still read it.

import { TsFileReader } from '@balsa/tsfile';
import type { Catalog } from '../catalog/catalog.ts';
import type { Device } from '../catalog/device.ts';
import { StorageError } from '../errors.ts';
import type { StorageFolder } from '../folder/storage-folder.ts';
import type { BlockCache } from './block-cache.ts';
import { CheckedSource, checkedBlocks } from './checked-source.ts';
import type { DataFileEntry, FileIdentity } from './manifest.ts';
import type { Resource } from './resource.ts';

/** First and last time of the devices of a file, by their ordinals, which ascend. */
interface DeviceTable {
  readonly ordinals: Int32Array;
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
}

interface TimeSpan {
  readonly firstMs: number;
  readonly lastMs: number;
}

export class DataFile {
  readonly entry: DataFileEntry;
  readonly #folder: StorageFolder;
  readonly #cache: BlockCache;
  readonly #blocks: Uint32Array;
  readonly #table: DeviceTable | undefined;
  /** A promise while it is being opened. */
  #reader: TsFileReader | Promise<TsFileReader> | undefined;
  #isClosed = false;
  #users = 0;
  #onUnused: (() => void) | undefined;
  /** Why nothing of it may be served. */
  #damage: StorageError | undefined;

  /** `resource` is absent if it was damaged: then so is the file. */
  constructor(
    folder: StorageFolder,
    cache: BlockCache,
    entry: DataFileEntry,
    resource: Resource | undefined,
    catalog: Catalog,
  ) {
    this.entry = entry;
    this.#folder = folder;
    this.#cache = cache;
    this.#blocks = resource?.blocks ?? new Uint32Array(0);
    this.#table = resource && deviceTable(resource, catalog);
  }

  get name(): string {
    return this.entry.file.name;
  }

  get damage(): StorageError | undefined {
    return this.#damage;
  }

  /** From now on nobody is served anything of it. Returns whether that is news. */
  quarantine(damage: StorageError): boolean {
    if (this.#damage !== undefined) return false;
    this.#damage = damage;
    return true;
  }

  /** The times between which it has points of a device; `undefined` if it has none. Of a damaged file all that may be. */
  spanOf(device: Device): TimeSpan | undefined {
    const table = this.#table;
    if (table === undefined) return { firstMs: this.entry.firstMs, lastMs: this.entry.lastMs };
    const at = indexOf(table.ordinals, device.ordinal);
    return at < 0 ? undefined : { firstMs: table.firstMs[at]!, lastMs: table.lastMs[at]! };
  }

  /** Ordinals of its devices, ascending. */
  get ordinals(): Int32Array {
    return this.#table?.ordinals ?? new Int32Array(0);
  }

  /** Whether it may have points of a device at the same times as another file. */
  overlaps(other: DataFile): boolean {
    const [a, b] = [this.#table, other.#table];
    if (a === undefined || b === undefined) {
      return this.entry.firstMs <= other.entry.lastMs && other.entry.firstMs <= this.entry.lastMs;
    }
    for (let i = 0, j = 0; i < a.ordinals.length && j < b.ordinals.length; ) {
      const order = a.ordinals[i]! - b.ordinals[j]!;
      if (order === 0 && a.firstMs[i]! <= b.lastMs[j]! && b.firstMs[j]! <= a.lastMs[i]!) return true;
      if (order <= 0) i++;
      if (order >= 0) j++;
    }
    return false;
  }

  /** At once if it is open. Throws, or rejects with, STORAGE_DAMAGED, STORAGE_CLOSED. */
  reader(): TsFileReader | Promise<TsFileReader> {
    if (this.#damage !== undefined) throw this.#damage;
    if (this.#isClosed) throw new StorageError('STORAGE_CLOSED', `${this.name} was closed`);
    this.#reader ??= this.#open();
    return this.#reader;
  }

  /** It stays on disk until `release`. */
  retain(): void {
    this.#users++;
  }

  release(): void {
    this.#users--;
    if (this.#users === 0) this.#onUnused?.();
  }

  /** The manifest does not name it any more. `onUnused` is called, once, when nobody reads it any more. */
  drop(onUnused: () => void): void {
    if (this.#users === 0) onUnused();
    else this.#onUnused = onUnused;
  }

  /** Whoever reads it still hears STORAGE_CLOSED. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const reader = this.#reader;
    this.#reader = undefined;
    // What could not be opened needs no closing.
    const opened = await Promise.resolve(reader).catch(() => undefined);
    await opened?.close();
  }

  async #open(): Promise<TsFileReader> {
    const { name, sizeBytes } = this.entry.file;
    try {
      const source = await this.#folder.openSource(name);
      if (source.sizeBytes !== sizeBytes || this.#blocks.length !== checkedBlocks(sizeBytes)) {
        await source.close();
        throw new StorageError('STORAGE_DAMAGED', `${name} has another size than it was given`, { file: name });
      }
      const reader = await TsFileReader.open(new CheckedSource(source, name, this.#blocks, this.#cache));
      if (!this.#isClosed) this.#reader = reader;
      return reader;
    } catch (error) {
      this.#reader = undefined;
      throw error;
    }
  }
}

/** The two files of a data file. */
export function partsOf({ file, resource }: DataFileEntry): readonly FileIdentity[] {
  return [file, resource];
}

function deviceTable({ devices }: Resource, catalog: Catalog): DeviceTable {
  const rows = devices.map((it) => ({ ...it, ordinal: catalog.intern(it.device).ordinal }));
  rows.sort((a, b) => a.ordinal - b.ordinal);
  return {
    ordinals: Int32Array.from(rows, ({ ordinal }) => ordinal),
    firstMs: Float64Array.from(rows, ({ firstMs }) => firstMs),
    lastMs: Float64Array.from(rows, ({ lastMs }) => lastMs),
  };
}

function indexOf(ordinals: Int32Array, wanted: number): number {
  let low = 0;
  let high = ordinals.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const ordinal = ordinals[middle]!;
    if (ordinal === wanted) return middle;
    if (ordinal < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
