import type { Span } from '../span.ts';
import type { Name, Path } from './path.ts';

export interface CreateDatabaseStatement {
  readonly kind: 'createDatabase';
  readonly database: Path;
  readonly options: readonly DatabaseOption[];
  readonly span: Span;
}

export interface DatabaseOption {
  readonly key: DatabaseOptionKey;
  readonly value: number;
  readonly span: Span;
}

export type DatabaseOptionKey =
  | 'TTL'
  | 'TIME_PARTITION_INTERVAL'
  | 'SCHEMA_REGION_GROUP_NUM'
  | 'DATA_REGION_GROUP_NUM'
  | 'SCHEMA_REPLICATION_FACTOR'
  | 'DATA_REPLICATION_FACTOR';

export interface DropDatabaseStatement {
  readonly kind: 'dropDatabase';
  readonly patterns: readonly Path[];
  readonly span: Span;
}

export interface CreateTimeseriesStatement extends SeriesDefinition {
  readonly kind: 'createTimeseries';
  readonly path: Path;
}

export interface CreateAlignedTimeseriesStatement {
  readonly kind: 'createAlignedTimeseries';
  readonly device: Path;
  readonly measurements: readonly AlignedMeasurement[];
  readonly span: Span;
}

export interface AlignedMeasurement extends SeriesDefinition {
  readonly measurement: Name;
}

export interface SeriesDefinition {
  readonly alias: Name | undefined;
  /** In upper case, like encoding and compressor. */
  readonly dataType: Name;
  readonly encoding: Name | undefined;
  readonly compressor: Name | undefined;
  readonly properties: readonly Attribute[];
  readonly tags: readonly Attribute[];
  readonly attributes: readonly Attribute[];
  readonly span: Span;
}

export interface Attribute {
  readonly key: string;
  readonly value: string;
  readonly span: Span;
}

export interface DropTimeseriesStatement {
  readonly kind: 'dropTimeseries';
  readonly patterns: readonly Path[];
  readonly span: Span;
}

export interface SetTtlStatement {
  readonly kind: 'setTtl';
  readonly pattern: Path;
  readonly ttl: number | 'infinite';
  readonly span: Span;
}

export interface UnsetTtlStatement {
  readonly kind: 'unsetTtl';
  readonly pattern: Path;
  readonly span: Span;
}
