// What a node does for its clients. Protocols are adapters over this.

import type { GroupId } from '@balsa/raft';
import type {
  AggregateQuery,
  AggregateResult,
  CommandResult,
  NodeHealth,
  NodeStatus,
  RangeQuery,
  RangeResult,
  StoreStatistics,
  Tablet,
} from '@balsa/wire';
import type { NodeReport } from '../report/node-report.ts';
import type { StatementOptions, StatementOutcome } from '../sql/statement-service.ts';
import type { ReadOptions } from './consistency.ts';
import type { NodeStatistics } from './node-statistics.ts';

export interface DataService {
  /**
   * Registers series that are new, of an aligned device if that is wanted, replicates the tablet, and answers what the store said to it.
   * @throws Refusal and the errors of the lower rooms; see `refusalFor`.
   */
  insertTablet(tablet: Tablet, timeoutMs: number, isAligned?: boolean): Promise<CommandResult>;
  /** Carries out a statement in SQL. @throws Refusal and the errors of the lower rooms. */
  execute(sql: string, options: StatementOptions): Promise<StatementOutcome>;
  /** Once it has resolved, reads have the consistency that was asked for. @throws Refusal */
  readBarrier(options: ReadOptions): Promise<void>;
  /** @throws Refusal, WireError, EngineError, StorageError; the signal's reason. */
  range(query: RangeQuery, signal: AbortSignal): Promise<RangeResult>;
  /** @throws as `range`. */
  aggregate(query: AggregateQuery, signal: AbortSignal): Promise<AggregateResult>;
  /** Reads everything that is stored, once for all who ask at one time. @throws as `range`. */
  statistics(signal: AbortSignal): Promise<StoreStatistics>;
  health(): NodeHealth;
  status(): NodeStatus;
  /** What was measured. The first call begins to measure. */
  nodeStatistics(): NodeStatistics;
  /** Status and statistics in one document; `group`: of this one only. @throws Refusal GROUP_UNKNOWN */
  report(group?: GroupId): NodeReport;
}
