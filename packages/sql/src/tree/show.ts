import type { Span } from '../span.ts';
import type { Path } from './path.ts';

export interface ShowDatabasesStatement {
  readonly kind: 'showDatabases';
  readonly pattern: Path | undefined;
  readonly isDetailed: boolean;
  readonly span: Span;
}

export interface ShowDevicesStatement {
  readonly kind: 'showDevices';
  readonly pattern: Path | undefined;
  readonly withDatabase: boolean;
  readonly where: SchemaFilter | undefined;
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly span: Span;
}

export interface ShowTimeseriesStatement {
  readonly kind: 'showTimeseries';
  /** Those written to last come first. */
  readonly isLatest: boolean;
  readonly pattern: Path | undefined;
  readonly where: SchemaFilter | undefined;
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly span: Span;
}

/** What SHOW and COUNT let through. */
export type SchemaFilter =
  | { readonly kind: 'pathContains'; readonly of: 'timeseries' | 'device'; readonly text: string; readonly span: Span }
  | {
      readonly kind: 'tag';
      readonly key: string;
      readonly operator: '=' | 'contains';
      readonly value: string;
      readonly span: Span;
    }
  /** A column of SHOW TIMESERIES, such as dataType. */
  | { readonly kind: 'column'; readonly column: string; readonly value: string; readonly span: Span };

export interface ShowChildrenStatement {
  readonly kind: 'showChildPaths' | 'showChildNodes';
  /** `undefined`: `root`. */
  readonly pattern: Path | undefined;
  readonly span: Span;
}

export interface ShowTtlStatement {
  readonly kind: 'showTtl';
  /** `undefined`: SHOW ALL TTL. */
  readonly patterns: readonly Path[] | undefined;
  readonly span: Span;
}

export interface ShowClusterStatement {
  readonly kind: 'showCluster';
  readonly isDetailed: boolean;
  readonly span: Span;
}

/** What takes no arguments. */
export interface ShowFactStatement {
  readonly kind: 'showFact';
  readonly fact: Fact;
  readonly span: Span;
}

export type Fact =
  | 'version'
  | 'dataNodes'
  | 'configNodes'
  | 'availableUrls'
  | 'regions'
  | 'variables'
  | 'clusterId'
  | 'queries'
  | 'currentTimestamp';

export interface CountTimeseriesStatement {
  readonly kind: 'countTimeseries';
  readonly pattern: Path | undefined;
  readonly where: SchemaFilter | undefined;
  /** GROUP BY LEVEL; `root` is level 0. */
  readonly level: number | undefined;
  readonly span: Span;
}

export interface CountNodesStatement {
  readonly kind: 'countNodes';
  readonly pattern: Path;
  /** `root` is level 0. */
  readonly level: number;
  readonly span: Span;
}

export interface CountStatement {
  readonly kind: 'countDevices' | 'countDatabases';
  readonly pattern: Path | undefined;
  readonly span: Span;
}
