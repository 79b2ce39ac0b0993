import { randomBytes } from 'node:crypto';
import { StorageError } from './errors.ts';
import type { FetchFile } from './files/repair-files.ts';
import { nodePace, type Pace } from './pace.ts';

export interface CompactionOptions {
  /** Of so many files out of order, the oldest are merged into those in order. */
  readonly lateFilesMax: number;
  /** So many files in order, of about one size, become one. */
  readonly mergeFiles: number;
  /** About the largest file that is made. */
  readonly fileBytesMax: number;
  /** Written at no more than this. */
  readonly bytesPerSecondMax: number;
  /** With more deletes than this to be hidden, files are written anew without what was deleted. */
  readonly tombstonesMax: number;
}

export interface StorageOptions {
  /** Series that a group may have. All replicas need the same. */
  readonly seriesMax: number;
  /** A memtable of this size is flushed. */
  readonly memtableBytes: number;
  /** With more than this in memory, `pressure` asks for a pause. At least twice `memtableBytes`. */
  readonly memoryBytesMax: number;
  /** A memtable that has been written to is flushed after this long: see `tick`. */
  readonly memtableAgeMsMax: number;
  /** After a failed flush or compaction, it is tried again after this long. */
  readonly retryMs: number;
  /** Blocks of indexes and of small chunks that are kept in memory. */
  readonly indexCacheBytes: number;
  /** Series whose last point in files is remembered. */
  readonly lastPointsMax: number;
  readonly compaction: CompactionOptions;
  readonly pace: Pace;
  /** Of `tick`, in milliseconds; monotonic. */
  nowMs(): number;
  /** A name for a file, which no other file anywhere has. */
  drawName(): string;
  /** The disk refused a flush or a compaction (STORAGE_FAILED). Nothing is lost; it is tried again. */
  onFailure(error: StorageError): void;
  /** A file was found damaged (STORAGE_DAMAGED): nothing of it is served until `repair`; a catalog is written anew. */
  onDamage(error: StorageError): void;
  /** Commands up to here are in files: the log may let go of them. */
  onDurable(index: number): void;
  /** Gets a file from a replica that has it, for `repair`; `undefined`: none has. */
  fetchFile: FetchFile | undefined;
}

const mebibyte = 1024 * 1024;

const defaultCompaction: CompactionOptions = {
  lateFilesMax: 4,
  mergeFiles: 8,
  fileBytesMax: 512 * mebibyte,
  bytesPerSecondMax: 32 * mebibyte,
  tombstonesMax: 1000,
};

export type GivenOptions = Partial<Omit<StorageOptions, 'compaction'>> & {
  readonly compaction?: Partial<CompactionOptions>;
};

/** @throws StorageError STORAGE_ARGUMENT. */
export function storageOptions(given: GivenOptions): StorageOptions {
  const options: StorageOptions = {
    seriesMax: 1_000_000,
    memtableBytes: 64 * mebibyte,
    memoryBytesMax: 256 * mebibyte,
    memtableAgeMsMax: 10 * 60_000,
    retryMs: 1000,
    indexCacheBytes: 64 * mebibyte,
    lastPointsMax: 1_000_000,
    pace: nodePace,
    nowMs: () => performance.now(),
    drawName: () => randomBytes(8).toString('hex'),
    onFailure: () => undefined,
    onDamage: () => undefined,
    onDurable: () => undefined,
    fetchFile: undefined,
    ...given,
    compaction: { ...defaultCompaction, ...given.compaction },
  };
  const { compaction } = options;
  const positive = { ...compaction, ...options } as Record<string, unknown>;
  for (const name of [...Object.keys(compaction), 'seriesMax', 'memtableBytes', 'memoryBytesMax', 'memtableAgeMsMax']) {
    const value = positive[name];
    if (typeof value !== 'number' || !(value >= 1)) {
      throw new StorageError('STORAGE_ARGUMENT', `${name} must be a positive number`);
    }
  }
  if (compaction.mergeFiles < 2) throw new StorageError('STORAGE_ARGUMENT', 'mergeFiles must be at least 2');
  if (options.memoryBytesMax < 2 * options.memtableBytes) {
    throw new StorageError('STORAGE_ARGUMENT', 'memoryBytesMax must be at least twice memtableBytes');
  }
  return options;
}
