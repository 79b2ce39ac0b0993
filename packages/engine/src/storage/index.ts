export {
  type CreateSeries,
  DataOperation,
  type DeleteRange,
  encodeAdvanceClock,
  encodeCreateSeries,
  encodeDeleteRange,
  encodeDeleteSeries,
  encodeSetTtl,
  encodeUnsetTtl,
  type SetTtl,
} from '../data-command.ts';
export type { SeriesIdentity } from './catalog/catalog.ts';
export type { PieceQuery, ScanQuery, StorageContent, StorageStatistics } from './engine-api.ts';
export { StorageError, type StorageErrorCode } from './errors.ts';
export type { FileIdentity } from './files/manifest.ts';
export type { FetchFile } from './files/repair-files.ts';
export { type FolderOperation, MemoryFolder, type MemoryFolderOptions } from './folder/memory-folder.ts';
export { openNodeFolder } from './folder/node-folder.ts';
export type { StorageFolder } from './folder/storage-folder.ts';
export type { RowBlock } from './merge/join-series.ts';
export type { CompactionOptions, GivenOptions, StorageOptions } from './options.ts';
export { nodePace, type Pace } from './pace.ts';
export type { LastPoint, SeriesValue } from './points.ts';
export { type AggregateSource, readAggregate } from './queries/read-aggregate.ts';
export { type RangeSource, readRange } from './queries/read-range.ts';
export type { Piece, PieceTaker, SummaryPiece } from './read/pieces.ts';
export type { ReadCounters } from './read/read-counters.ts';
export type { FilesReceiver } from './snapshot/files-receiver.ts';
export type { HeldFiles } from './snapshot/held-files.ts';
export type { SnapshotFiles } from './snapshot/snapshot-files.ts';
export { StorageEngine } from './storage-engine.ts';
export { canonicalTtlPath, type TtlRule, type TtlRules } from './tombstones/ttl.ts';
