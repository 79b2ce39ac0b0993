import type { DataType } from '@balsa/wire';
import { EngineError } from '../errors.ts';
import { canonicalDevice, canonicalMeasurement } from '../path.ts';
import { type PathPattern, parsePathPattern } from '../path-pattern.ts';
import { Background } from './background.ts';
import type { SeriesIdentity } from './catalog/catalog.ts';
import type { Device } from './catalog/device.ts';
import type { PieceQuery, ScanQuery, StorageContent, StorageStatistics } from './engine-api.ts';
import { reasonOf, StorageError } from './errors.ts';
import { FileStore, type FileStoreOptions } from './files/file-store.ts';
import { encodeManifest, filesOf, type Manifest, manifestBytesMax } from './files/manifest.ts';
import { repairFiles } from './files/repair-files.ts';
import type { StorageFolder } from './folder/storage-folder.ts';
import { LogState } from './log-state.ts';
import type { Memtable } from './memtable/memtable.ts';
import { joinSeries, type RowBlock } from './merge/join-series.ts';
import { pointsOf } from './merge/merge-parts.ts';
import type { Range } from './merge/part.ts';
import { type GivenOptions, type StorageOptions, storageOptions } from './options.ts';
import type { LastPoint } from './points.ts';
import { ContentSum } from './read/content-sum.ts';
import { LastCache } from './read/last-cache.ts';
import { lastInMemory, lastPoint, laterPoint } from './read/last-point.ts';
import { type Piece, type PieceTaker, readPieces, takePieces } from './read/pieces.ts';
import { newReadCounters, type ReadCounters } from './read/read-counters.ts';
import { type ReadState, ReadView } from './read/read-view.ts';
import type { HeldFiles } from './snapshot/held-files.ts';
import { decodeSnapshot, SnapshotFiles } from './snapshot/snapshot-files.ts';
import type { TtlRules } from './tombstones/ttl.ts';
import { wouldExpire } from './tombstones/would-expire.ts';

const scanRowsMax = 2048;

/**
 * The series of one data group: in memory what came last, in TsFiles what came before.
 *
 * `apply` changes memory only. A memtable that is large or old enough is sealed and becomes files, which a manifest then names
 * together with the last command they hold: `durableIndex`. After a start the engine is as it was at that command, and those
 * behind it have to be applied again.
 *
 * @example
 * const engine = await StorageEngine.open(await openNodeFolder('data/group-7'));
 * for (const { index, command } of log.from(engine.durableIndex + 1)) engine.apply(index, command);
 * for await (const { times, columns } of engine.scan({ device: 'root.plant.line4', measurements: ['speed'] })) use(times, columns);
 * await engine.flush();
 * await engine.close();
 */
export class StorageEngine {
  /** What snapshots name, for whoever keeps them or sends them to other replicas. */
  readonly files: SnapshotFiles;
  readonly #store: FileStore;
  readonly #options: StorageOptions;
  readonly #counters: ReadCounters = newReadCounters();
  #state: LogState;
  #background: Background;
  /** For a command to be in files. */
  #waiting: { readonly index: number; done(): void; reject(error: unknown): void }[] = [];
  #restoring: Promise<void> | undefined;
  /** The files of the snapshot that was taken last. */
  #captured: HeldFiles | undefined;
  #pressure: { readonly promise: Promise<void>; resolve(): void } | undefined;
  /** Since when the memtable has something, as far as `tick` has seen. */
  #activeSinceMs: number | undefined;
  #lastCache: LastCache;
  #closing: Promise<void> | undefined;

  private constructor(store: FileStore, options: StorageOptions) {
    this.files = new SnapshotFiles(store);
    this.#store = store;
    this.#options = options;
    this.#state = restoredState(store, options);
    this.#lastCache = new LastCache(options.lastPointsMax);
    this.#background = this.#newBackground();
  }

  /**
   * Reads the manifest, the series, and what lies beside the data files; none of the data.
   * @throws StorageError STORAGE_DAMAGED: manifest or catalog are, and nothing can be served; STORAGE_UNKNOWN; STORAGE_ARGUMENT.
   *   The system's errors.
   */
  static async open(folder: StorageFolder, given: GivenOptions = {}): Promise<StorageEngine> {
    const options = storageOptions(given);
    const engine = new StorageEngine(await FileStore.open(folder, storeOptions(options)), options);
    engine.#background.wake();
    return engine;
  }

  /**
   * Opens an engine that is empty, for a replicated log: the latest snapshot is restored first, if there is one, and then comes the
   * log behind it. Of what the folder holds, that snapshot finds its files again; the rest goes.
   * @throws StorageError STORAGE_ARGUMENT. The system's errors.
   */
  static async openForLog(folder: StorageFolder, given: GivenOptions = {}): Promise<StorageEngine> {
    const options = storageOptions(given);
    return new StorageEngine(await FileStore.openEmpty(folder, storeOptions(options)), options);
  }

  /** Of the last command that was applied. */
  get appliedIndex(): number {
    return this.#state.appliedIndex;
  }

  /** Of the last command that files hold: the log is not needed up to here. */
  get durableIndex(): number {
    return this.#store.manifest.appliedIndex;
  }

  /** How long points are kept, and the clock that they expire by. */
  get ttl(): TtlRules {
    return this.#state.ttl;
  }

  /** Whether points that are there now may have expired once the clock was advanced to `nowMs`. Takes its time for devices and files. */
  wouldExpire(nowMs: number): boolean {
    const { ttl, sealed, active, catalog } = this.#state;
    return wouldExpire(ttl, nowMs, { files: this.#store.files, memtables: [...sealed, active], catalog });
  }

  /** What all reads so far have touched. */
  get reads(): Readonly<ReadCounters> {
    return this.#counters;
  }

  /**
   * Applies a command: `u8 operation | body`, see `DataOperation`. Returns `u16 status | UTF-8 message`; a command that
   * makes no sense is answered so as well. Throws only if `index` does not ascend, or the engine was closed. What it answers, and
   * what reads show afterwards, depends on the commands alone.
   */
  apply(index: number, command: Uint8Array): Uint8Array {
    this.#check();
    // There is no snapshot: what an earlier life has left is of no use.
    if (this.#state.appliedIndex === 0) this.#store.discardStrays();
    const result = this.#state.apply(index, command);
    const { active, deletesInMemory } = this.#state;
    const { memtableBytes, compaction } = this.#options;
    if (active.bytes >= memtableBytes || deletesInMemory > compaction.tombstonesMax) this.#seal();
    return result;
  }

  /** A promise to wait for before more is applied, if memtables take more than they should; `undefined`: go on. */
  pressure(): Promise<void> | undefined {
    if (this.#isClosed || this.#state.memoryBytes < this.#options.memoryBytesMax) return undefined;
    if (this.#pressure === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((resolved) => {
        resolve = resolved;
      });
      this.#pressure = { promise, resolve };
    }
    return this.#pressure.promise;
  }

  /** To be called now and then: flushes what has been in memory for too long. */
  tick(): void {
    // A catalog that is damaged is written anew, once no flush is under way that may do so.
    if (!this.#isClosed && this.#store.isCatalogDamaged && this.#state.sealed.length === 0) this.#seal();
    if (this.#isClosed || this.#state.appliedIndex === this.#state.sealedIndex) {
      this.#activeSinceMs = undefined;
      return;
    }
    const nowMs = this.#options.nowMs();
    this.#activeSinceMs ??= nowMs;
    if (nowMs - this.#activeSinceMs >= this.#options.memtableAgeMsMax) this.#seal();
  }

  /** All that was applied so far is durable when it resolves. Rejects with STORAGE_FAILED; it is tried again nevertheless. */
  async flush(): Promise<void> {
    this.#check();
    const index = this.#state.appliedIndex;
    if (index === this.durableIndex) return;
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ index, done: resolve, reject }));
    this.#seal();
    await done;
  }

  /** Resolves when files are as compaction wants them, as far as they are not damaged. Rejects with STORAGE_FAILED; it is tried again nevertheless. */
  async compact(): Promise<void> {
    this.#check();
    await this.#background.untilCompacted();
  }

  /**
   * Series that any of the patterns means (`root.plant.*.speed`, `root.plant.**`, `root.pl*.**`), by device and measurement in
   * code unit order. Holds until the next command is applied.
   * @throws EngineError ILLEGAL_PATH.
   */
  match(patterns: readonly string[]): IterableIterator<SeriesIdentity> {
    const parsed = patterns.map((text): PathPattern => {
      const pattern = parsePathPattern(text);
      if (pattern === undefined) throw new EngineError('ILLEGAL_PATH', `"${text}" is not a legal path pattern`);
      return pattern;
    });
    return this.#state.catalog.match(parsed);
  }

  /** The type of a series, `undefined` if there is none. Both names are canonical. */
  dataTypeOf(device: string, measurement: string): DataType | undefined {
    return this.#state.catalog.device(device)?.shape.types.get(measurement);
  }

  /** The types of series of a device, which a scan that is begun at once finds. @throws as `scan`. */
  typesOf(device: string, measurements: readonly string[]): DataType[] {
    return this.#find(device, measurements).types.map(([, type]) => type);
  }

  /**
   * Rows of a device, one for each time at which any of the measurements has a value, in blocks of up to 2048. The columns are
   * in the order that was asked for. Shows what was applied when the first block is asked for. Nobody may write to the blocks.
   * @throws EngineError ILLEGAL_PATH, PATH_NOT_EXIST. StorageError STORAGE_DAMAGED: a file that may have rows of it is.
   */
  async *scan(query: ScanQuery): AsyncGenerator<RowBlock, void> {
    const { device, types } = this.#find(query.device, query.measurements);
    const { descending = false, signal } = query;
    const names = types.map(([measurement]) => measurement);
    const view = new ReadView(this.#readState(), device, names, rangeOf(query));
    try {
      const series = [];
      for (const [measurement, type] of types) {
        const parts = await view.parts(measurement, type);
        const options = { type, range: view.range, descending, counters: this.#counters, signal };
        series.push({ type, points: pointsOf(parts, options) });
      }
      yield* joinSeries(series, scanRowsMax, descending);
    } finally {
      view.close();
    }
  }

  /**
   * The points of a series, ascending; where statistics tell enough of a chunk or page, a summary in their place.
   * @throws as `scan`.
   */
  async *pieces(query: PieceQuery): AsyncGenerator<Piece, void> {
    const { device, types } = this.#find(query.device, [query.measurement]);
    const [measurement, type] = types[0]!;
    const view = new ReadView(this.#readState(), device, [measurement], rangeOf(query));
    try {
      const { cuts, signal } = query;
      yield* readPieces(view, measurement, type, { cuts, byStatistics: true, counters: this.#counters, signal });
    } finally {
      view.close();
    }
  }

  /**
   * The same as `pieces`, handed over one by one: a piece is there until `take` returns, or until the promise that it returns is kept.
   * Whoever has enough throws.
   * @throws as `scan`; what `take` throws.
   */
  async eachPiece(query: PieceQuery, take: PieceTaker): Promise<void> {
    const { device, types } = this.#find(query.device, [query.measurement]);
    const [measurement, type] = types[0]!;
    const view = new ReadView(this.#readState(), device, [measurement], rangeOf(query));
    try {
      const { cuts, signal } = query;
      const options = { cuts, byStatistics: true, counters: this.#counters, signal };
      await takePieces(view, measurement, type, options, take);
    } finally {
      view.close();
    }
  }

  /** The last points of series of a device, `undefined` where there is none. @throws as `scan`. */
  async last(path: string, names: readonly string[], signal?: AbortSignal): Promise<LastPoint[]> {
    const { device, types } = this.#find(path, names);
    const state = this.#readState();
    const floorMs = state.ttl.floorMs(device.path);
    const inMemory = types.map(([measurement]) => lastInMemory(state, device, measurement));
    const inFiles = await this.#lastInFiles(state, device, types, signal);
    return types.map(([measurement], i) => {
      const last = laterPoint(inFiles.get(measurement), inMemory[i]);
      return last === undefined || last.timeMs < floorMs ? undefined : last;
    });
  }

  /** The checksum of `content`. @throws as `content`. */
  async checksum(signal?: AbortSignal): Promise<number> {
    return (await this.content(signal)).checksum;
  }

  /**
   * How many points there are, and CRC-32C of them: equal on all replicas that have applied the same commands, however their files
   * lie, and equal to that of a `SeriesStore`. Reads everything (1.3 s of the processor for 20 million points); shows what was applied
   * when it began, which it captures in one go: some microseconds for each series in memory.
   * @throws StorageError STORAGE_DAMAGED.
   */
  async content(signal?: AbortSignal): Promise<StorageContent> {
    this.#check();
    const state = this.#readState();
    const { devices, series, appliedIndex, rowsApplied } = this.statistics();
    const views: { device: Device; types: (readonly [string, DataType])[]; view: ReadView }[] = [];
    const sum = new ContentSum(this.#counters, this.#options.pace, signal);
    try {
      for (const device of this.#state.catalog.inOrder()) {
        const { measurements, types } = device.shape;
        const view = new ReadView(state, device, measurements, rangeOf({}));
        views.push({ device, view, types: measurements.map((it) => [it, types.get(it)!] as const) });
      }
      for (const { device, types, view } of views) {
        for (const [measurement, type] of types) await sum.addSeries(view, device.path, measurement, type);
      }
      const { points, checksum } = sum;
      return { devices, series, points, rowsApplied, appliedIndex, checksum };
    } finally {
      for (const { view } of views) view.close();
    }
  }

  /**
   * The state as it is now: flushes, and gives a manifest of the files that hold it. Those stay on disk until the next snapshot or
   * `restore`, or for as long as `files` holds them.
   * @throws StorageError STORAGE_FAILED: the disk refused the flush; STORAGE_DAMAGED: a file is.
   */
  snapshot(): AsyncIterable<Uint8Array> {
    this.#check();
    const captured = this.#capture();
    // Whoever takes the chunks hears of it.
    captured.catch(() => undefined);
    return (async function* () {
      yield await captured;
    })();
  }

  /**
   * Becomes what a snapshot holds, whose files `files` has brought here. Until it resolves, nothing may be applied; reads show what
   * was before, and those that are under way go on with it. If it rejects, what was before is still there, unless the disk failed in the very moment of
   * the change: then the next start finds one of both. The chunks must stay as they are until the last has come.
   * @throws StorageError STORAGE_SNAPSHOT_MALFORMED; STORAGE_DAMAGED: a file is not here; STORAGE_FAILED. What `chunks` throws.
   */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    this.#check();
    this.#restoring = this.#restore(chunks);
    return this.#restoring;
  }

  /**
   * Puts files that other replicas have in the place of damaged ones, through `fetchFile`. Returns how many are still damaged:
   * files differ between replicas, so it may be that nobody has the same; then a snapshot of another replica helps.
   */
  async repair(signal?: AbortSignal): Promise<number> {
    this.#check();
    const left = await repairFiles(this.#store, this.#options.fetchFile, signal);
    this.#background.wake();
    return left;
  }

  statistics(): StorageStatistics {
    const { files, manifest } = this.#store;
    const { catalog, appliedIndex, rowsApplied, memoryBytes, tombstones } = this.#state;
    return {
      devices: catalog.devices,
      series: catalog.series,
      appliedIndex,
      durableIndex: manifest.appliedIndex,
      rowsApplied,
      memoryBytes,
      files: files.length,
      lateFiles: files.filter(({ entry }) => !entry.isInOrder).length,
      fileBytes: files.reduce((sum, { entry }) => sum + entry.file.sizeBytes + entry.resource.sizeBytes, 0),
      filePoints: files.reduce((sum, { entry }) => sum + entry.points, 0),
      tombstones: tombstones.size,
      damagedFiles: files.filter(({ damage }) => damage !== undefined).map(({ name }) => name),
    };
  }

  /**
   * Ends flushes and compactions that are under way, without waiting for what they would have brought, and closes all files. What
   * only memory has is in the log; `flush` before makes the next start quicker.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#restoring?.catch(() => undefined);
    await this.#background.stop();
    const closed = new StorageError('STORAGE_CLOSED', 'the engine was closed');
    for (const { reject } of this.#waiting.splice(0)) reject(closed);
    this.#relieve();
    await this.files.close();
    await this.#store.close();
  }

  #newBackground(): Background {
    return new Background(this.#store, this.#state, this.#options, {
      onFlushed: (memtable) => this.#flushed(memtable),
      onFlushFailed: (error) => {
        for (const { reject } of this.#waiting.splice(0)) reject(error);
      },
    });
  }

  async #lastInFiles(
    state: ReadState,
    device: Device,
    types: readonly (readonly [string, DataType])[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, LastPoint>> {
    const { deletes } = this.#state;
    const { manifest } = this.#store;
    const found = new Map<string, LastPoint>();
    const unknown: (readonly [string, DataType])[] = [];
    for (const type of types) {
      const known = this.#lastCache.get(device, type[0], deletes);
      if (known === undefined) unknown.push(type);
      else found.set(type[0], known.last);
    }
    if (unknown.length === 0) return found;
    const names = unknown.map(([measurement]) => measurement);
    const view = new ReadView({ ...state, memtables: [] }, device, names, rangeOf({}));
    try {
      for (const [measurement, type] of unknown) {
        const last = await lastPoint(view, measurement, type, this.#counters, signal);
        found.set(measurement, last);
        // What a flush has brought meanwhile would be missed.
        if (manifest === this.#store.manifest) this.#lastCache.set(device, measurement, { last, deletes });
      }
    } finally {
      view.close();
    }
    return found;
  }

  async #restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const manifest = decodeSnapshot(await collect(chunks));
    const held = this.files.holdAll(manifest);
    try {
      await this.#background.stop();
      await this.#replaceState(manifest);
      this.#keepCaptured(undefined);
      this.#store.discardStrays();
    } finally {
      held.release();
      this.#background = this.#newBackground();
      // Who closes the engine waits for this to end, and wants nothing else to begin.
      if (!this.#isClosed) this.#background.wake();
      this.#relieve();
    }
  }

  /** Not `async`: all that was applied before the call belongs to it, and nothing that comes after. */
  #capture(): Promise<Uint8Array> {
    const index = this.#state.appliedIndex;
    const taken = new Promise<Uint8Array>((resolve, reject) => {
      const capture = (): void => {
        try {
          resolve(this.#captureManifest());
        } catch (error) {
          reject(error);
        }
      };
      if (index === this.durableIndex && !this.#store.isCatalogDamaged) capture();
      else this.#waiting.push({ index, done: capture, reject });
    });
    this.#seal();
    return taken;
  }

  #captureManifest(): Uint8Array {
    const damaged = this.#store.files.find(({ damage }) => damage !== undefined);
    if (damaged?.damage !== undefined) throw damaged.damage;
    const { manifest } = this.#store;
    this.#keepCaptured(this.files.keep(filesOf(manifest)));
    return encodeManifest(manifest);
  }

  #keepCaptured(held: HeldFiles | undefined): void {
    this.#captured?.release();
    this.#captured = held;
  }

  #flushed(memtable: Memtable): void {
    const { catalog, deletes } = this.#state;
    this.#lastCache.flushed(memtable, deletes, (device) => catalog.flushedMs(device));
    this.#state.unloadOldest();
    const { durableIndex } = this;
    const waiters = this.#waiting.filter(({ index }) => index <= durableIndex);
    this.#waiting = this.#waiting.filter(({ index }) => index > durableIndex);
    // At once: what they capture must not have been flushed on.
    for (const { done } of waiters) done();
    this.#relieve();
    this.#options.onDurable(durableIndex);
    this.#background.wake();
  }

  async #replaceState(manifest: Manifest): Promise<void> {
    try {
      await this.#store.replace(manifest, () => {
        this.#state = restoredState(this.#store, this.#options);
        this.#lastCache = new LastCache(this.#options.lastPointsMax);
        this.#activeSinceMs = undefined;
      });
    } catch (error) {
      if (error instanceof StorageError) throw error;
      const message = `the snapshot could not be installed: ${reasonOf(error)}`;
      throw new StorageError('STORAGE_FAILED', message, { cause: error });
    }
    const reason = 'another state has taken the place of the one that was to be flushed';
    for (const { reject } of this.#waiting.splice(0)) reject(new StorageError('STORAGE_FAILED', reason));
  }

  #seal(): void {
    this.#state.seal({ isWholeCatalog: this.#store.isCatalogDamaged });
    this.#activeSinceMs = undefined;
    this.#background.wake();
  }

  /** Lets whoever waits for memory go on, if there is some. */
  #relieve(): void {
    if (this.#pressure === undefined) return;
    if (!this.#isClosed && this.#state.memoryBytes >= this.#options.memoryBytesMax) return;
    this.#pressure.resolve();
    this.#pressure = undefined;
  }

  #find(path: string, names: readonly string[]): { device: Device; types: (readonly [string, DataType])[] } {
    this.#check();
    const { catalog } = this.#state;
    const canonical = catalog.device(path)?.path ?? canonicalDevice(path);
    if (canonical === undefined) throw new EngineError('ILLEGAL_PATH', `"${path}" is not a legal device path`);
    const device = catalog.device(canonical);
    // One without series is known only to those that had it.
    if (device === undefined || device.shape.size === 0)
      throw new EngineError('PATH_NOT_EXIST', `there is no device ${canonical}`);
    const types = names.map((name) => {
      const measurement = device.shape.types.has(name) ? name : canonicalMeasurement(name);
      if (measurement === undefined) throw new EngineError('ILLEGAL_PATH', `"${name}" is not a legal measurement`);
      const type = device.shape.types.get(measurement);
      if (type === undefined) throw new EngineError('PATH_NOT_EXIST', `there is no series ${canonical}.${measurement}`);
      return [measurement, type] as const;
    });
    return { device, types };
  }

  #readState(): ReadState {
    const { sealed, active, tombstones, ttl, appliedIndex } = this.#state;
    return {
      files: this.#store.files,
      memtables: [...sealed, active],
      tombstones,
      ttl,
      appliedIndex,
      counters: this.#counters,
      quarantine: (file, error) => this.#store.quarantine(file, error),
    };
  }

  get #isClosed(): boolean {
    return this.#closing !== undefined;
  }

  #check(): void {
    if (this.#isClosed) throw new StorageError('STORAGE_CLOSED', 'the engine was closed');
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > manifestBytesMax) {
      throw new StorageError('STORAGE_SNAPSHOT_MALFORMED', `a snapshot has at most ${manifestBytesMax} bytes`);
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function storeOptions(options: StorageOptions): FileStoreOptions {
  return {
    cacheBytes: options.indexCacheBytes,
    drawName: () => options.drawName(),
    onDamage: (error) => options.onDamage(error),
  };
}

function restoredState(store: FileStore, { seriesMax }: StorageOptions): LogState {
  return new LogState(seriesMax, { ...store.manifest, catalog: store.catalog });
}

function rangeOf({ startMs = Number.NEGATIVE_INFINITY, endMs = Number.POSITIVE_INFINITY }: Partial<TimesAsked>): Range {
  return { startMs, endMs };
}

interface TimesAsked {
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}
