// What a node has measured of its groups, its log and its connections.

import type { GroupStatistics, GroupStatus, HostStatistics, RoutingReport } from '@balsa/replica';
import type { GroupFigures, NodeHealth } from '@balsa/wire';
import type { AskedOthers } from '../elsewhere/other-members.ts';
import type { StoreReport } from '../store/store-figures.ts';
import type { ProcessFigures } from './process-figures.ts';

export interface NamedGroupStatistics extends GroupStatistics {
  readonly name: string;
  /** Where the member stands: role, term, indexes; on the leader, its followers. */
  readonly status: GroupStatus;
  /** Whom it plans with as a leader, and how its batches went. */
  readonly routing: RoutingReport;
}

/** Of the log of all groups. */
export interface LogTotals {
  /** Since the node was started. */
  readonly flushes: number;
  readonly writtenBytes: number;
  /** On the disk, from the oldest entry that is kept to the newest. */
  readonly keptBytes: number;
}

/** Every field: docs/observability.md. */
export interface NodeStatistics {
  readonly nodeId: number;
  readonly health: NodeHealth;
  readonly uptimeMs: number;
  readonly process: ProcessFigures;
  readonly log: LogTotals;
  /** Absent where the data group only counts. */
  readonly store?: StoreReport;
  readonly askedOthers: AskedOthers;
  readonly host: HostStatistics;
  readonly groups: readonly NamedGroupStatistics[];
}

/** The few that a status shows. */
export function groupFigures({ windowMs, proposals, storage, apply }: GroupStatistics): GroupFigures {
  const { batchEntries, totalMs } = proposals;
  return {
    windowMs,
    entriesPerSecond: batchEntries.recent.mean * batchEntries.recent.perSecond,
    batchesPerSecond: batchEntries.recent.perSecond,
    totalP50Ms: totalMs.recent.p50,
    totalP99Ms: totalMs.recent.p99,
    durableP50Ms: storage.durableMs.recent.p50,
    durableP99Ms: storage.durableMs.recent.p99,
    applyP99Ms: apply.batchMs.recent.p99,
  };
}
