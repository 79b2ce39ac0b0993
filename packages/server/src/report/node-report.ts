// Everything that a node can tell about itself, in one document: docs/report.md. The figures in it are those of the statistics
// (docs/observability.md), with the same names and units.

import type {
  Distribution,
  FollowerStatistics,
  LogFigures,
  PeerConnection,
  PeerStatistics,
  ProposalStatistics,
  RoutingReport,
  SlowBatch,
  SnapshotFetchStatistics,
  SnapshotSendStatistics,
} from '@balsa/replica';
import type { DispatchStatus, NodeHealth } from '@balsa/wire';
import type { LogTotals } from '../service/node-statistics.ts';
import type { ProcessFigures } from '../service/process-figures.ts';
import type { StoreReport } from '../store/store-figures.ts';
import type { RouteNode } from './route-tree.ts';

/** Rises when a field is taken away or changes its meaning; more fields may come without. */
export const reportVersion = 1;

export type ReportReason = 'request' | 'interval' | 'shutdown';

export interface NodeReport {
  readonly reportVersion: typeof reportVersion;
  readonly reason: ReportReason;
  /** By the wall clock, as ISO 8601. */
  readonly writtenAt: string;
  /** How far `recent` of every figure looks back. */
  readonly windowMs: number;
  readonly node: NodeSummary;
  readonly process: ProcessFigures;
  /** Absent where the data group only counts. */
  readonly store?: StoreReport;
  readonly log: LogTotals & LogFigures;
  readonly snapshots: { readonly sent: SnapshotSendStatistics; readonly fetched: SnapshotFetchStatistics };
  /** What this node sends to others, of all groups. */
  readonly outgoingBytesPerSecond: number;
  readonly peers: readonly PeerReport[];
  readonly groups: readonly GroupReport[];
}

export interface NodeSummary {
  readonly nodeId: number;
  /** Where it stands, if anybody has said. */
  readonly zone?: string;
  readonly cluster: string;
  readonly version: string;
  readonly nodeJsVersion: string;
  readonly uptimeMs: number;
  readonly health: NodeHealth;
  readonly failure?: { readonly code: string; readonly message: string };
  /** Why `health` is `degraded`. */
  readonly problem?: { readonly code: string; readonly message: string };
}

export interface PeerReport extends Omit<PeerConnection, 'sinceMs'> {
  /** How long it has been connected, or not. */
  readonly forMs: number;
}

export interface GroupReport {
  readonly group: number;
  readonly name: string;
  readonly role: string;
  readonly term: number;
  /** Absent: none is known. */
  readonly leader?: number;
  readonly failure?: string;
  /** Everybody holds everything, and no message is sent until somebody wants something. */
  readonly hibernates: boolean;
  readonly lastIndex: number;
  readonly durableIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  /** The log begins behind this entry. */
  readonly baseIndex: number;
  readonly snapshotIndex: number;
  readonly queuedBytes: number;
  readonly uncommittedBytes: number;
  /** Applied here, over the window. */
  readonly appliedEntriesPerSecond: number;
  readonly dispatch: DispatchStatus & RoutingReport;
  /** Who fed whom last: the nodes that the leader feeds, each with those that it feeds. Empty unless this node leads. */
  readonly routes: readonly RouteNode[];
  /** Empty unless this node leads. */
  readonly followers: readonly FollowerReport[];
  /** What this member measured as a follower. */
  readonly following: FollowerStatistics;
  /** What it measured of its batches as a leader. */
  readonly proposals: ProposalStatistics;
  readonly durableMs: Distribution;
  readonly applyMs: Distribution;
  /** The slowest first. */
  readonly slowBatches: readonly SlowBatch[];
}

export interface FollowerReport {
  readonly node: number;
  readonly state: string;
  readonly matchIndex: number;
  /** Entries that it lacks. */
  readonly lag: number;
  /** Unknown of a node that has not said so yet, or whose release does not. */
  readonly appliedIndex?: number;
  readonly applyLag?: number;
  readonly inflightBytes: number;
  /** Who carried to it what it was sent last. */
  readonly fedBy: 'leader' | 'relay' | 'fragments';
  /** The relay, if it was one. */
  readonly relay?: number;
  /** Absent before anything was measured. */
  readonly measured?: PeerStatistics;
}
