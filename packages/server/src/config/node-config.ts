// The configuration as the node uses it: complete, checked, every default filled in.

import type { DurabilityMode } from './durability.ts';

/** One node of the cluster, with the addresses under which others reach it. */
export interface MemberConfig {
  readonly id: number;
  readonly peer: string;
  readonly client: string;
  readonly http: string;
  /** Where it stands: docs/relay.md. */
  readonly zone?: string | undefined;
}

/** Where this node itself binds. */
export interface ListenConfig {
  readonly peer: string;
  readonly client: string;
  readonly http: string;
}

export interface TimingConfig {
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly hibernateAfterMs: number;
}

export interface DurabilityConfig {
  readonly mode: DurabilityMode;
  readonly flushIntervalMs: number;
}

/** How a leader gets entries to its followers: see docs/relay.md. */
export const DispatchStrategy = { direct: 'direct', relay: 'relay', coded: 'coded', auto: 'auto' } as const;
export type DispatchStrategy = (typeof DispatchStrategy)[keyof typeof DispatchStrategy];

export interface DispatchConfig {
  readonly strategy: DispatchStrategy;
  readonly firstLevelSize: number;
  readonly depth: number;
  readonly replanBatches: number;
  readonly replanMs: number;
  readonly fragmentBytesMin: number;
}

/** When a snapshot takes the place of a part of the log, per group; how fast others may fetch it, and how fast it becomes their state. */
export interface SnapshotsConfig {
  readonly logBytes: number;
  readonly logEntries: number;
  readonly logAgeMs: number;
  readonly logTailBytes: number;
  readonly logBytesMax: number;
  readonly transferBytesPerSecondMax: number;
  readonly restoreBytesPerSecondMax: number;
}

export const AtShutdown = { no: 'no', yes: 'yes' } as const;
export type AtShutdown = (typeof AtShutdown)[keyof typeof AtShutdown];

/** How the series of the data group get from memory to files: see docs/storage.md. */
export interface StorageConfig {
  readonly memtableBytes: number;
  readonly memoryBytesMax: number;
  readonly memtableAgeMs: number;
  readonly indexCacheBytes: number;
  readonly compactionBytesPerSecondMax: number;
  readonly expiryIntervalMs: number;
}

/** Reports that the node writes by itself: see docs/report.md. */
export interface ReportConfig {
  /** 0: never. */
  readonly intervalMs: number;
  readonly atShutdown: AtShutdown;
  readonly bytesMax: number;
}

export interface LimitsConfig {
  readonly frameBytesMax: number;
  readonly proposalBytesMax: number;
  readonly httpBodyBytesMax: number;
  readonly seriesMax: number;
  readonly inFlightBytesMax: number;
  readonly connectionInFlightBytesMax: number;
  readonly connectionsMax: number;
  readonly queriesMax: number;
  readonly queryBytesMax: number;
  readonly queriesBytesMax: number;
  readonly queryTimeoutMs: number;
  /** 0: no weak writes. */
  readonly weakBytesMax: number;
}

export const DataStateMachine = {
  /** Time series, in files and in memory. */
  store: 'store',
  /** Counts commands and bytes and keeps nothing: measures replication alone. */
  count: 'count',
} as const;
export type DataStateMachine = (typeof DataStateMachine)[keyof typeof DataStateMachine];

export const ReplacesLostDisk = { no: 'no', yes: 'yes' } as const;
export type ReplacesLostDisk = (typeof ReplacesLostDisk)[keyof typeof ReplacesLostDisk];

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Who may read and write data over HTTP. */
export interface UserConfig {
  readonly name: string;
  /** See auth/password-hash.ts. */
  readonly passwordHash: string;
}

export interface AuthConfig {
  /** Empty: everybody may. */
  readonly users: readonly UserConfig[];
}

export interface NodeConfig {
  readonly nodeId: number;
  readonly clusterName: string;
  readonly dataFolder: string;
  readonly replacesLostDisk: ReplacesLostDisk;
  readonly listen: ListenConfig;
  readonly members: readonly MemberConfig[];
  /** That of this node among the members, if it is given. */
  readonly zone?: string | undefined;
  readonly timing: TimingConfig;
  readonly durability: DurabilityConfig;
  readonly dispatch: DispatchConfig;
  readonly snapshots: SnapshotsConfig;
  readonly storage: StorageConfig;
  readonly report: ReportConfig;
  readonly auth: AuthConfig;
  readonly limits: LimitsConfig;
  readonly logLevel: LogLevel;
  readonly dataStateMachine: DataStateMachine;
}

/** This node's own entry among the members: its advertised addresses. */
export function ownMember(config: Pick<NodeConfig, 'nodeId' | 'members'>): MemberConfig {
  const own = config.members.find((member) => member.id === config.nodeId);
  if (own === undefined) {
    throw new TypeError(`node ${config.nodeId} is not among the members`);
  }
  return own;
}
