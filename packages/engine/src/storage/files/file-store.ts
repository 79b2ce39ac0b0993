// The files of an engine, and the manifest that names them. Everything that changes the set of files goes through `commit`,
// one after the other.

import { crc32c } from '@balsa/wire';
import { Catalog } from '../catalog/catalog.ts';
import { applyChanges, encodeChanges } from '../catalog/catalog-bytes.ts';
import { reasonOf, StorageError } from '../errors.ts';
import { readWhole, removeIfThere, type StorageFolder, writeWhole } from '../folder/storage-folder.ts';
import { mayHideIn, type Tombstone } from '../tombstones/tombstone.ts';
import { BlockCache } from './block-cache.ts';
import { DataFile, partsOf } from './data-file.ts';
import { isSound } from './fetch-file.ts';
import { isDamage } from './is-damage.ts';
import {
  type DataFileEntry,
  decodeManifest,
  emptyManifest,
  encodeManifest,
  type FileIdentity,
  filesOf,
  type Manifest,
  manifestBytesMax,
  manifestName,
} from './manifest.ts';
import { decodeResource, type Resource } from './resource.ts';

const newManifestName = 'manifest.new';
/** Of catalog files and of what lies beside TsFiles, which are read whole. */
const wholeFileBytesMax = 1 << 30;

export interface FileStoreOptions {
  /** Of indexes, that are kept in memory. */
  readonly cacheBytes: number;
  /** For a file that has none yet. */
  drawName(): string;
  /** Nothing of this file is served any more. */
  onDamage(error: StorageError): void;
}

export class FileStore {
  readonly folder: StorageFolder;
  readonly #options: FileStoreOptions;
  readonly #cache: BlockCache;
  #manifest: Manifest = emptyManifest;
  /** Files that it names. */
  #named: ReadonlySet<string> = new Set();
  #catalog = new Catalog();
  #files: readonly DataFile[] = [];
  #commits: Promise<void> = Promise.resolve();
  /** Files that a manifest may name of which it is not known whether it is durable; gone with the next that is. */
  #doubtful: string[] = [];
  /** Files that a snapshot needs, and for how many. */
  readonly #pins = new Map<string, number>();
  /** Pinned files that were to be removed. */
  readonly #condemned = new Set<string>();
  /** Files that no manifest names, but perhaps the next one; and whether they are known to be what they should be. */
  readonly #strays = new Map<string, boolean>();
  /** Data files that are read, and have no place in the manifest any more. */
  readonly #leaving = new Set<DataFile>();
  /** Files that are being removed. */
  readonly #cleaning = new Set<Promise<void>>();
  /** Series that the catalog's files removed again. */
  #removals = 0;
  /** Files of the catalog that were found damaged. */
  readonly #damagedCatalogs = new Set<string>();

  private constructor(folder: StorageFolder, options: FileStoreOptions) {
    this.folder = folder;
    this.#cache = new BlockCache(options.cacheBytes);
    this.#options = options;
  }

  /**
   * Reads the manifest, the catalog and what lies beside the data files; no data. Removes what no manifest names.
   * @throws StorageError STORAGE_DAMAGED: the manifest or the catalog is; STORAGE_UNKNOWN. The system's errors.
   */
  static async open(folder: StorageFolder, options: FileStoreOptions): Promise<FileStore> {
    const store = new FileStore(folder, options);
    const names = await folder.list();
    if (!names.includes(manifestName)) {
      if (names.some((name) => name !== newManifestName && isOurs(name))) {
        const message = `${manifestName} is missing from a folder that has other files`;
        throw new StorageError('STORAGE_DAMAGED', message, { file: manifestName });
      }
      // From now on a folder without a manifest is one that has lost it.
      await store.#writeManifest(emptyManifest);
      return store;
    }
    // A process that died may have left a manifest whose name a power failure could still take back.
    await folder.sync();
    const manifest = decodeManifest(await readWhole(folder, manifestName, manifestBytesMax));
    await store.#load(manifest);
    if (store.#removals > store.catalog.series) await store.#shortenCatalog();
    const isWanted = (name: string): boolean => store.#named.has(name) || store.#doubtful.includes(name);
    for (const name of names) if (isOurs(name) && !isWanted(name)) await removeIfThere(folder, name);
    return store;
  }

  /**
   * Begins with nothing: what the folder holds counts once `replace` names it. The rest goes with `discardStrays`.
   * @throws the system's errors.
   */
  static async openEmpty(folder: StorageFolder, options: FileStoreOptions): Promise<FileStore> {
    const store = new FileStore(folder, options);
    for (const name of await folder.list()) {
      // Not finished. Whoever begins it again must not lose it to `discardStrays`.
      if (name.endsWith('.new')) await removeIfThere(folder, name);
      else if (isOurs(name)) store.#strays.set(name, false);
    }
    await store.#writeManifest(emptyManifest);
    return store;
  }

  /** Names the files that are durable. */
  get manifest(): Manifest {
    return this.#manifest;
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  get files(): readonly DataFile[] {
    return this.#files;
  }

  dataFile(entry: DataFileEntry, resource: Resource | undefined, catalog: Catalog = this.#catalog): DataFile {
    return new DataFile(this.folder, this.#cache, entry, resource, catalog);
  }

  /**
   * Makes the manifest durable that `next` makes of the one before, and then the current one. Data files that are new are
   * given as well; those that are not named any more go, as soon as nobody reads them.
   */
  commit(next: (current: Manifest) => Manifest, added: readonly DataFile[] = []): Promise<void> {
    const done = this.#commits.then(() => this.#commit(next(this.#manifest), added));
    this.#commits = done.catch(() => undefined);
    return done;
  }

  /**
   * Replaces everything. What is written to the catalog before must not be missed: the caller holds writes back. `onReplaced` is
   * called in the very moment.
   */
  async replace(manifest: Manifest, onReplaced: () => void): Promise<void> {
    const before = this.#commits;
    const done = before.then(() => this.#replace(manifest, onReplaced));
    this.#commits = done.catch(() => undefined);
    await done;
  }

  /** Whether a file is on disk as it should be: of the manifest, of a snapshot, or one that nothing names yet. If so, it is pinned. */
  async pinIfHere(wanted: FileIdentity): Promise<boolean> {
    const { name } = wanted;
    const isKnown = this.#isNamed(wanted) || this.#condemned.has(name);
    if (!isKnown && !(await this.#isSoundStray(wanted))) return false;
    // At once: nobody may remove it while it is looked at.
    this.pin([name]);
    let isHere = false;
    try {
      isHere = !isKnown || (await this.#isSoundEnough(wanted));
      return isHere;
    } finally {
      if (!isHere) this.unpin([name]);
    }
  }

  /** Whether a file of this name is on disk. What is in it shows when it is read. */
  has(name: string): boolean {
    return this.#pins.has(name) || this.#strays.has(name) || this.#named.has(name);
  }

  /** A file was brought here, whole, and waits to be named. */
  arrived(name: string): void {
    if (!this.has(name)) this.#strays.set(name, true);
  }

  /** Removes what no manifest names, but for what is pinned. */
  discardStrays(): void {
    for (const name of [...this.#strays.keys()]) {
      if (this.#pins.has(name)) continue;
      this.#strays.delete(name);
      this.#remove(name);
    }
  }

  /** These files stay on disk until `unpin`. */
  pin(names: readonly string[]): void {
    for (const name of names) this.#pins.set(name, (this.#pins.get(name) ?? 0) + 1);
  }

  unpin(names: readonly string[]): void {
    for (const name of names) {
      const pins = (this.#pins.get(name) ?? 1) - 1;
      if (pins > 0) this.#pins.set(name, pins);
      else this.#pins.delete(name);
      if (pins === 0 && this.#condemned.delete(name)) this.#remove(name);
    }
  }

  /** Nothing more of a file is served. */
  quarantine(file: DataFile, error: StorageError): void {
    if (file.quarantine(error)) this.#options.onDamage(error);
  }

  /** A file was found not to be what was written, when somebody read it for the sake of others. */
  noteDamage(name: string, error: StorageError): void {
    const file = this.#files.find(({ entry }) => partsOf(entry).some((part) => part.name === name));
    if (file !== undefined) this.quarantine(file, error);
    else if (this.#manifest.catalog.some((it) => it.name === name) && !this.#damagedCatalogs.has(name)) {
      this.#damagedCatalogs.add(name);
      this.#options.onDamage(error);
    }
  }

  /** What files of the catalog say is in memory: a flush can write all of it anew, and should. */
  get isCatalogDamaged(): boolean {
    return this.#manifest.catalog.some(({ name }) => this.#damagedCatalogs.has(name));
  }

  /** Reads a file of the manifest whole, and checks it. Rejects with STORAGE_DAMAGED. */
  async readChecked({ name, sizeBytes, checksum }: FileIdentity): Promise<Buffer> {
    let bytes: Buffer;
    try {
      bytes = await readWhole(this.folder, name, wholeFileBytesMax);
    } catch (error) {
      if (!isDamage(error) && !(error instanceof RangeError)) throw error;
      throw new StorageError('STORAGE_DAMAGED', reasonOf(error), { file: name, cause: error });
    }
    if (bytes.length === sizeBytes && crc32c(bytes) === checksum) return bytes;
    throw new StorageError('STORAGE_DAMAGED', `${name} is not what was written`, { file: name });
  }

  /** Loads a data file again, after somebody has put the right bytes in the place of damaged ones. */
  async reload(file: DataFile): Promise<void> {
    const fresh = await this.#openDataFile(file.entry, this.#catalog);
    if (fresh.damage !== undefined) throw fresh.damage;
    this.#files = this.#files.map((it) => (it === file ? fresh : it));
    await file.close();
  }

  /** Waits for commits and removals under way, and closes all files. Reads under way hear STORAGE_CLOSED. */
  async close(): Promise<void> {
    await this.#commits;
    for (const file of [...this.#files, ...this.#leaving]) await file.close();
    await Promise.all(this.#cleaning);
  }

  async #load(manifest: Manifest): Promise<void> {
    const catalog = new Catalog();
    this.#removals = 0;
    for (const identity of manifest.catalog) {
      this.#removals += applyChanges(catalog, await this.readChecked(identity), identity.name);
    }
    catalog.takeChanges();
    const files: DataFile[] = [];
    for (const entry of manifest.files) files.push(await this.#openDataFile(entry, catalog));
    for (const file of files) noteFlushed(catalog, file);
    this.#catalog = catalog;
    this.#manifest = manifest;
    this.#named = namesIn(manifest);
    this.#files = files;
  }

  /** Writes the series that are there, without those that came and went. */
  async #shortenCatalog(): Promise<void> {
    const bytes = encodeChanges(this.#catalog.everything());
    const name = `${this.#options.drawName()}.catalog`;
    try {
      await writeWhole(this.folder, name, bytes);
      const catalog = [{ name, sizeBytes: bytes.length, checksum: crc32c(bytes) }];
      await this.commit((current) => ({ ...current, catalog }));
    } catch (error) {
      // The longer one is as good. It is tried again at the next start.
      if (!(error instanceof DoubtfulCommit)) await removeIfThere(this.folder, name).catch(() => undefined);
    }
  }

  /** A file of which something is missing or damaged is there, but serves nothing. */
  async #openDataFile(entry: DataFileEntry, catalog: Catalog): Promise<DataFile> {
    try {
      const resource = decodeResource(await this.readChecked(entry.resource), entry.resource.name);
      return this.dataFile(entry, resource, catalog);
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'STORAGE_DAMAGED') throw error;
      const file = this.dataFile(entry, undefined, catalog);
      this.quarantine(file, error);
      return file;
    }
  }

  async #commit(wished: Manifest, added: readonly DataFile[]): Promise<void> {
    const all = [...this.#files, ...added];
    const named = new Map(all.map((file) => [file.name, file]));
    const files = wished.files.map(({ file }) => named.get(file.name)!);
    const manifest = { ...wished, tombstones: stillNeeded(wished.tombstones, files, this.#catalog) };
    const kept = namesIn(manifest);
    await this.#writeManifest(manifest, this.#newIn(kept));
    const catalogBefore = this.#manifest.catalog;
    this.#manifest = manifest;
    this.#named = kept;
    this.#files = files;
    for (const file of all) if (!kept.has(file.name)) this.#drop(file);
    for (const { name } of catalogBefore) if (!kept.has(name)) this.#remove(name);
    for (const name of this.#doubtful.splice(0)) if (!kept.has(name)) this.#remove(name);
  }

  async #replace(manifest: Manifest, onReplaced: () => void): Promise<void> {
    const before = this.#files;
    const namesBefore = this.#named;
    try {
      await this.#writeManifest(manifest);
    } catch (error) {
      this.#doubtful.push(...this.#newIn(namesIn(manifest)));
      throw error;
    }
    await this.#load(manifest);
    onReplaced();
    const kept = this.#named;
    for (const name of kept) {
      this.#strays.delete(name);
      this.#condemned.delete(name);
    }
    for (const file of before) {
      // Those that stay are open a second time, for the new state.
      if (kept.has(file.name)) this.#leave(file, []);
      else this.#drop(file);
    }
    const data = new Set(before.flatMap(({ entry }) => partsOf(entry).map(({ name }) => name)));
    for (const name of namesBefore) if (!kept.has(name) && !data.has(name)) this.#remove(name);
  }

  /** Those of these names that the manifest does not have. */
  #newIn(names: ReadonlySet<string>): string[] {
    return [...names].filter((name) => !this.#named.has(name));
  }

  /** Without what describes a state, all of it is of no use. Points are checked when they are read. */
  async #isSoundEnough(wanted: FileIdentity): Promise<boolean> {
    return wanted.name.endsWith('.tsfile') || isSound(this.folder, wanted);
  }

  async #isSoundStray(wanted: FileIdentity): Promise<boolean> {
    const { name } = wanted;
    const isChecked = this.#strays.get(name);
    if (isChecked === undefined) return false;
    if (isChecked || (await isSound(this.folder, wanted))) return this.#strays.has(name);
    this.#strays.delete(name);
    this.track(removeIfThere(this.folder, name));
    return false;
  }

  #isNamed(wanted: FileIdentity): boolean {
    const { catalog } = this.#manifest;
    const isSame = (it: FileIdentity): boolean =>
      it.name === wanted.name && it.sizeBytes === wanted.sizeBytes && it.checksum === wanted.checksum;
    return (
      catalog.some(isSame) ||
      this.#files.some(({ entry, damage }) => damage === undefined && partsOf(entry).some(isSame))
    );
  }

  /** @param names of files that only this manifest names. */
  async #writeManifest(manifest: Manifest, names: readonly string[] = []): Promise<void> {
    // What an attempt before has left is of no use.
    await removeIfThere(this.folder, newManifestName);
    await writeWhole(this.folder, newManifestName, encodeManifest(manifest));
    // The names of the files must not come after that of the manifest that needs them.
    await this.folder.sync();
    try {
      await this.folder.rename(newManifestName, manifestName);
      await this.folder.sync();
    } catch (error) {
      // Nobody knows which of the two manifests is there now.
      this.#doubtful.push(...names);
      throw new DoubtfulCommit(error);
    }
  }

  #drop(file: DataFile): void {
    this.#leave(
      file,
      partsOf(file.entry).map(({ name }) => name),
    );
  }

  /** When nobody reads it any more, it is closed, and these files are removed. */
  #leave(file: DataFile, names: readonly string[]): void {
    this.#leaving.add(file);
    file.drop(() => {
      this.#leaving.delete(file);
      this.track(file.close());
      for (const name of names) this.#remove(name);
    });
  }

  #remove(name: string): void {
    if (this.#pins.has(name)) this.#condemned.add(name);
    else this.track(removeIfThere(this.folder, name));
  }

  /** `close` waits for it. What cannot be closed or removed now is so at the next start. */
  track(work: Promise<void>): void {
    const done: Promise<void> = work.catch(() => undefined).then(() => void this.#cleaning.delete(done));
    this.#cleaning.add(done);
  }
}

function namesIn(manifest: Manifest): ReadonlySet<string> {
  return new Set(filesOf(manifest).map(({ name }) => name));
}

/** What others have put into the folder is left alone. */
function isOurs(name: string): boolean {
  return /\.(?:tsfile|resource|catalog|new)$/.test(name);
}

/** A commit of which nobody knows whether it is durable: its files must stay until one is. */
export class DoubtfulCommit extends Error {
  override readonly name = 'DoubtfulCommit';

  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
  }
}

/** Files show how far each device has been flushed. Of a damaged one it is not known which devices it has. */
export function noteFlushed(catalog: Catalog, file: DataFile): void {
  if (file.damage !== undefined) catalog.noteFlushedUnknown(file.entry.lastMs);
  for (const ordinal of file.ordinals) {
    const device = catalog.deviceAt(ordinal);
    const span = file.spanOf(device);
    if (span !== undefined) device.flushedMs = Math.max(device.flushedMs, span.lastMs);
  }
}

/** A tombstone goes when no file is left that has points from before it, at its times, and may be about its series. */
function stillNeeded(tombstones: readonly Tombstone[], files: readonly DataFile[], catalog: Catalog): Tombstone[] {
  return tombstones.filter((tombstone) =>
    files.some(({ entry }, i) => {
      if (entry.index >= tombstone.index) return false;
      if (entry.lastMs < tombstone.startMs || entry.firstMs >= tombstone.endMs) return false;
      return mayBeIn(tombstone, files[i]!, catalog);
    }),
  );
}

function mayBeIn(tombstone: Tombstone, file: DataFile, catalog: Catalog): boolean {
  const path = tombstone.pattern.device;
  if (path === undefined) return true;
  const device = catalog.device(path);
  if (device === undefined) return file.ordinals.length === 0;
  const span = file.spanOf(device);
  return (
    span !== undefined &&
    mayHideIn(tombstone, device) &&
    span.lastMs >= tombstone.startMs &&
    span.firstMs < tombstone.endMs
  );
}
