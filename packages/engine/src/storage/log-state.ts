// What the commands of the log have made: the catalog, what was deleted, how long points are kept, and the points that no file
// has yet. A function of the commands alone; where points lie is not.

import {
  type DataType,
  decodeTablet,
  encodeCommandResult,
  StatusCode,
  successResult,
  type Tablet,
  WireError,
} from '@balsa/wire';
import { AppliedIndex } from '../applied-index.ts';
import {
  allTimes,
  type CreateSeries,
  DataOperation,
  type DeleteRange,
  decodeAdvanceClock,
  decodeCreateSeries,
  decodeDeleteRange,
  decodeDeleteSeries,
  decodeSetTtl,
  decodeUnsetTtl,
  type SetTtl,
} from '../data-command.ts';
import { canonicalDevice, canonicalMeasurement } from '../path.ts';
import { type PathPattern, parsePathPattern } from '../path-pattern.ts';
import type { Catalog } from './catalog/catalog.ts';
import { insertTablet } from './insert.ts';
import { Memtable, type SealedState } from './memtable/memtable.ts';
import { type Tombstone, TombstoneSet } from './tombstones/tombstone.ts';
import { canonicalTtlPath, isWithin, type TtlRules } from './tombstones/ttl.ts';

/** Rules of how long points are kept. Every replica refuses at the same one. */
const ttlRulesMax = 10_000;

interface RestoredState {
  readonly catalog: Catalog;
  readonly appliedIndex: number;
  readonly rowsApplied: number;
  readonly ttl: TtlRules;
  readonly tombstones: readonly Tombstone[];
}

export class LogState {
  readonly #seriesMax: number;
  readonly #catalog: Catalog;
  readonly #applied: AppliedIndex;
  #rowsApplied: number;
  #ttl: TtlRules;
  #tombstones: TombstoneSet;
  #active = new Memtable();
  /** The earlier ones first. */
  #sealed: readonly Memtable[] = [];
  #sealedIndex: number;
  #deletes = 0;
  #deletesInMemory = 0;
  /** There are points beside those of the memtable that is written to, which a delete may have to hide. */
  hasFiles = false;

  constructor(seriesMax: number, restored: RestoredState) {
    this.#seriesMax = seriesMax;
    this.#catalog = restored.catalog;
    this.#applied = new AppliedIndex(restored.appliedIndex);
    this.#sealedIndex = restored.appliedIndex;
    this.#rowsApplied = restored.rowsApplied;
    this.#ttl = restored.ttl;
    this.#tombstones = new TombstoneSet(restored.tombstones);
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  get appliedIndex(): number {
    return this.#applied.index;
  }

  /** Of the last command that is in a sealed memtable or a file. */
  get sealedIndex(): number {
    return this.#sealedIndex;
  }

  get rowsApplied(): number {
    return this.#rowsApplied;
  }

  get ttl(): TtlRules {
    return this.#ttl;
  }

  get tombstones(): TombstoneSet {
    return this.#tombstones;
  }

  get active(): Memtable {
    return this.#active;
  }

  get sealed(): readonly Memtable[] {
    return this.#sealed;
  }

  /** Changes with every command that may have hidden points of series that it does not name one by one. */
  get deletes(): number {
    return this.#deletes;
  }

  /** How many deletes have come since the last memtable was sealed: before that, no compaction may go by them. */
  get deletesInMemory(): number {
    return this.#deletesInMemory;
  }

  /** What its memtables take. */
  get memoryBytes(): number {
    return this.#sealed.reduce((sum, { bytes }) => sum + bytes, this.#active.bytes);
  }

  /** Applies a command. Throws only if `index` does not ascend. */
  apply(index: number, command: Uint8Array): Uint8Array {
    this.#applied.advanceTo(index);
    const rest = command.subarray(1);
    const body = Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength);
    try {
      switch (command[0]) {
        case DataOperation.insertTablet:
          return this.#insert(decodeTablet(body));
        case DataOperation.deleteRange:
          return this.#deleteRange(index, decodeDeleteRange(body));
        case DataOperation.deleteSeries:
          return this.#deleteSeries(index, decodeDeleteSeries(body));
        case DataOperation.createSeries:
          return this.#createSeries(decodeCreateSeries(body));
        case DataOperation.setTtl:
          return this.#setTtl(index, decodeSetTtl(body));
        case DataOperation.unsetTtl:
          return this.#unsetTtl(index, decodeUnsetTtl(body));
        case DataOperation.advanceClock:
          this.#ttl = this.#ttl.at(decodeAdvanceClock(body));
          return successResult;
        default:
          return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, `operation ${command[0]} is not known here`);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, error.message);
    }
  }

  /**
   * Ends the memtable that is written to, and begins another. Nothing happens if no command came since the last time, unless all of the
   * catalog is wanted.
   */
  seal({ isWholeCatalog }: Pick<SealedState, 'isWholeCatalog'>): void {
    if (this.appliedIndex === this.#sealedIndex && !isWholeCatalog) return;
    const changes = this.#catalog.takeChanges();
    const state: SealedState = {
      appliedIndex: this.appliedIndex,
      rowsApplied: this.#rowsApplied,
      ttl: this.#ttl,
      deletes: this.#deletes,
      catalogChanges: isWholeCatalog ? [...this.#catalog.everything()] : changes,
      isWholeCatalog,
    };
    this.#active.seal(state);
    this.#sealed = [...this.#sealed, this.#active];
    this.#active = new Memtable();
    this.#deletesInMemory = 0;
    this.#sealedIndex = this.appliedIndex;
  }

  /** The oldest sealed memtable is in files now. */
  unloadOldest(): void {
    this.#sealed = this.#sealed.slice(1);
  }

  /** Of the tombstones up to `index` only these are still needed. */
  keepTombstones(index: number, needed: readonly Tombstone[]): void {
    const later = this.#tombstones.all.filter((it) => it.index > index);
    if (needed.length + later.length < this.#tombstones.size)
      this.#tombstones = new TombstoneSet([...needed, ...later]);
  }

  #insert(tablet: Tablet): Uint8Array {
    const { written, result } = insertTablet(this.#catalog, this.#active, this.#seriesMax, tablet);
    if (written) this.#rowsApplied += tablet.timestamps.length;
    return result;
  }

  #deleteRange(index: number, { patterns, startMs, endMs }: DeleteRange): Uint8Array {
    const parsed = parsePatterns(patterns);
    if (!Array.isArray(parsed)) return illegalPath(parsed.illegal);
    for (const pattern of parsed) this.#delete({ index, pattern, startMs, endMs, except: [] });
    return successResult;
  }

  #deleteSeries(index: number, patterns: readonly string[]): Uint8Array {
    const parsed = parsePatterns(patterns);
    if (!Array.isArray(parsed)) return illegalPath(parsed.illegal);
    const found = [...this.#catalog.match(parsed)];
    // Who asks for it knows a schema in which there may be series that were never written to.
    if (found.length === 0) return successResult;
    for (const pattern of parsed) this.#delete({ index, pattern, ...allTimes, except: [] });
    for (let from = 0; from < found.length; ) {
      // They come device by device.
      const path = found[from]!.device;
      const ofDevice: string[] = [];
      for (; found[from]?.device === path; from++) ofDevice.push(found[from]!.measurement);
      const device = this.#catalog.device(path)!;
      this.#catalog.remove(device, ...ofDevice);
      // What comes to its place later is told anew whether its series share their times.
      if (device.shape.size === 0) this.#catalog.align(device, false);
    }
    return successResult;
  }

  #delete(tombstone: Tombstone): void {
    this.#active.delete(tombstone);
    if (!this.hasFiles && this.#sealed.length === 0) return;
    this.#tombstones.add(tombstone);
    this.#deletes++;
    this.#deletesInMemory++;
  }

  /** Creates the series that are not there yet, or none if they would be too many. */
  #createSeries({ device: given, isAligned, measurements, dataTypes }: CreateSeries): Uint8Array {
    const path = canonicalDevice(given);
    if (path === undefined) return illegalPath(given);
    const known = this.#catalog.device(path)?.shape;
    const fresh = new Map<string, DataType>();
    for (const [i, measurement] of measurements.entries()) {
      const name = canonicalMeasurement(measurement);
      if (name === undefined) return illegalPath(measurement);
      if (!known?.types.has(name) && !fresh.has(name)) fresh.set(name, dataTypes[i]!);
    }
    if (this.#catalog.series + fresh.size > this.#seriesMax) {
      const message = `${fresh.size} new series would exceed the limit of ${this.#seriesMax}`;
      return encodeCommandResult(StatusCode.METADATA_ERROR, message);
    }
    const device = this.#catalog.intern(path);
    // Those that are there already go on as they are.
    if (device.shape.size === 0) this.#catalog.align(device, isAligned);
    for (const [name, type] of fresh) this.#catalog.add(device, name, type);
    return successResult;
  }

  #setTtl(index: number, { path: given, ttlMs }: SetTtl): Uint8Array {
    const path = canonicalTtlPath(given);
    if (path === undefined) return illegalPath(given);
    if (this.#ttl.rule(path) === undefined && this.#ttl.rules.length >= ttlRulesMax) {
      return encodeCommandResult(
        StatusCode.METADATA_ERROR,
        `there are ${ttlRulesMax} rules already, which is the limit`,
      );
    }
    this.#changeTtl(index, path, this.#ttl.with({ path, ttlMs }));
    return successResult;
  }

  #unsetTtl(index: number, given: string): Uint8Array {
    const path = canonicalTtlPath(given);
    if (path === undefined) return illegalPath(given);
    if (this.#ttl.rule(path) === undefined) {
      return encodeCommandResult(StatusCode.PATH_NOT_EXIST, `there is no rule for ${path}`);
    }
    this.#changeTtl(index, path, this.#ttl.without(path));
    return successResult;
  }

  /** What has expired may be gone from some replicas' files, and not from others': so it must not come back on any. */
  #changeTtl(index: number, path: string, next: TtlRules): void {
    const floorMs = this.#ttl.floorMsWithin(path);
    const except = this.#ttl.rules.map((rule) => rule.path).filter((it) => it !== path && isWithin(it, path));
    this.#ttl = next;
    if (floorMs <= next.floorMsWithin(path)) return;
    const pattern = parsePathPattern(path.endsWith('.**') ? path : `${path}.*`)!;
    this.#delete({ index, pattern, startMs: allTimes.startMs, endMs: floorMs, except });
  }
}

function parsePatterns(patterns: readonly string[]): PathPattern[] | { readonly illegal: string } {
  const parsed: PathPattern[] = [];
  for (const text of patterns) {
    const pattern = parsePathPattern(text);
    if (pattern === undefined) return { illegal: text };
    parsed.push(pattern);
  }
  return parsed;
}

function illegalPath(path: string): Uint8Array {
  return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${path}" is not a legal path`);
}
