// What the engine is asked, and what it answers with.

export interface ScanQuery {
  readonly device: string;
  readonly measurements: readonly string[];
  /** From the beginning of time where absent. */
  readonly startMs?: number | undefined;
  /** Not included. To the end of time where absent. */
  readonly endMs?: number | undefined;
  /** The latest row first. */
  readonly descending?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PieceQuery {
  readonly device: string;
  readonly measurement: string;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  /** Times at which windows begin, ascending: no summary has points of two windows. */
  readonly cuts?: ArrayLike<number> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StorageStatistics {
  readonly devices: number;
  readonly series: number;
  readonly appliedIndex: number;
  readonly durableIndex: number;
  readonly rowsApplied: number;
  /** What memtables take. */
  readonly memoryBytes: number;
  readonly files: number;
  /** Of those, how many are out of order. */
  readonly lateFiles: number;
  readonly fileBytes: number;
  /** In files, superseded and deleted ones included. */
  readonly filePoints: number;
  /** Deletes that files do not have in themselves yet. */
  readonly tombstones: number;
  readonly damagedFiles: readonly string[];
}

/** What can only be known by reading everything, with what else there was at that moment. */
export interface StorageContent {
  readonly devices: number;
  readonly series: number;
  /** Distinct (series, time) pairs with a value. */
  readonly points: number;
  readonly rowsApplied: number;
  readonly appliedIndex: number;
  readonly checksum: number;
}
