// What a text says, without how it said it. Whatever may turn out to be wrong later has the place where it stood.

import type { Span } from '../span.ts';
import type { DeleteDataStatement, InsertStatement } from './data.ts';
import type { Path } from './path.ts';
import type {
  CreateAlignedTimeseriesStatement,
  CreateDatabaseStatement,
  CreateTimeseriesStatement,
  DropDatabaseStatement,
  DropTimeseriesStatement,
  SetTtlStatement,
  UnsetTtlStatement,
} from './schema.ts';
import type { SelectStatement } from './select.ts';
import type {
  CountNodesStatement,
  CountStatement,
  CountTimeseriesStatement,
  ShowChildrenStatement,
  ShowClusterStatement,
  ShowDatabasesStatement,
  ShowDevicesStatement,
  ShowFactStatement,
  ShowTimeseriesStatement,
  ShowTtlStatement,
} from './show.ts';

export type Statement =
  | SelectStatement
  | InsertStatement
  | DeleteDataStatement
  | CreateDatabaseStatement
  | DropDatabaseStatement
  | CreateTimeseriesStatement
  | CreateAlignedTimeseriesStatement
  | DropTimeseriesStatement
  | SetTtlStatement
  | UnsetTtlStatement
  | ShowStatement
  | CountTimeseriesStatement
  | CountNodesStatement
  | CountStatement
  | FlushStatement
  | ClearCacheStatement;

export type ShowStatement =
  | ShowDatabasesStatement
  | ShowDevicesStatement
  | ShowTimeseriesStatement
  | ShowChildrenStatement
  | ShowTtlStatement
  | ShowClusterStatement
  | ShowFactStatement;

/** Makes nodes put what they hold in memory into files. */
export interface FlushStatement {
  readonly kind: 'flush';
  /** Empty: all databases. */
  readonly databases: readonly Path[];
  /** Absent: points in order and points out of order. */
  readonly inOrder: boolean | undefined;
  /** Only the node that is asked. */
  readonly isLocal: boolean;
  readonly span: Span;
}

export interface ClearCacheStatement {
  readonly kind: 'clearCache';
  readonly span: Span;
}
