// What there is for those who embed Balsa's replication; docs/embedding.md shows how. Whoever writes a part of his own finds
// the suite that it must pass in `@balsa/replica/conformance`.

// --- A host, its groups, and what can go wrong -----------------------------------------------------------------------

export type { DispatchMode, WayReport } from './dispatch/auto-choice.ts';
export {
  type CodedOptions,
  type DispatchOptions,
  defaultCodedOptions,
  defaultDispatch,
  defaultRelayOptions,
  type RelayOptions,
} from './dispatch/dispatch-options.ts';
export type { DispatchReport, RelayStanding, RoutingReport } from './dispatch/group-dispatch.ts';
export { ReplicaError, type ReplicaErrorCode } from './errors.ts';
export {
  Group,
  type GroupOptions,
  type GroupStatus,
  type ReadLag,
  type ReadOptions,
  type TakeSnapshotOptions,
} from './host/group.ts';
export type { GroupState } from './host/group-watch.ts';
export { Host, type HostEvents, type HostOptions, type StopOptions } from './host/host.ts';
export { defaultLimits, defaultTiming, type HostLimits, type HostTiming } from './host/host-options.ts';
export type { ChangeOptions, MemberChange } from './host/member-change.ts';
export {
  type HostBasics,
  type OpenedHost,
  type OpenHostOptions,
  type OpenHostOverOptions,
  openHost,
} from './host/open-host.ts';
export { ProposalError, type Proposed, type ProposeOptions } from './host/own-session.ts';
export type { RestoreFromOptions } from './host/restore-from.ts';
export type { SlowProposal } from './host/slow-watch.ts';
export type { TransferOptions } from './host/transfer-leadership.ts';
export { type Durability, defaultLogSettings, type WriteAheadLogSettings } from './log/settings.ts';

// --- What was measured: docs/observability.md ---------------------------------------------------------------------------

export type { SnapshotFetchStatistics } from './snapshot-transfer/snapshot-fetcher.ts';
export type { SnapshotSendStatistics } from './snapshot-transfer/snapshot-sender.ts';
export type * from './statistics/report.ts';
export { defaultStatisticsSettings, type StatisticsSettings } from './statistics/settings.ts';
export { WindowedDistribution } from './statistics/windowed-distribution.ts';

// --- When a majority of a group is lost for good: docs/recovery.md -------------------------------------------------------

export type { ForcedRecovery, RecoveryRecord } from './forced-recovery/recovery-record.ts';
export { type RecoverOptions, StoppedNode, type StoppedNodeOptions } from './forced-recovery/stopped-node.ts';
export type { StoredGroup } from './forced-recovery/stored-group.ts';

// --- What the data folder of a stopped node holds: docs/write-ahead-log.md -----------------------------------------------

export type { Finding } from './log/view/finding.ts';
export type { GroupSummary } from './log/view/group-summary.ts';
export type { LoggedBatch, LoggedEntry, LoggedReset, LogLine } from './log/view/log-line.ts';
export { type LineSelection, LogView, type LogViewOptions, type SegmentSummary } from './log/view/log-view.ts';

// --- For clients of an embedder's own, with sessions of their own ----------------------------------------------------

export type { Acknowledgement, EarlyAcknowledgement } from '@balsa/wire';
export { encodePayload, type PayloadHeader, payloadHeaderBytes } from './host/payload.ts';
export type { SubmitSink } from './host/submission.ts';

// --- The parts that a host is put together from, and what they must do ------------------------------------------------

export type { Disk, DiskFile, Done, OpenFileOptions } from './disk/disk.ts';
export { NodeDisk } from './disk/node-disk.ts';
export { realClock } from './host/real-clock.ts';
export {
  membersMinForRestoring,
  type NodeStorage,
  type NodeStorageOptions,
  openNodeStorage,
} from './log/node-storage.ts';
export type { LogStatistics, WriteAheadLog } from './log/write-ahead-log.ts';
export type * from './ports.ts';
export { SnapshotFiles, type SnapshotFilesOptions } from './snapshot/snapshot-files.ts';
export {
  type SnapshotFetchLimits,
  type SnapshotRestoreLimits,
  type SnapshotSendLimits,
  snapshotFetchDefaults,
  snapshotRestoreDefaults,
  snapshotSendDefaults,
} from './snapshot-transfer/transfer-limits.ts';
export { type PeerAddress, TcpTransport, type TcpTransportOptions } from './transport/tcp-transport.ts';
export { type TransportLimits, transportLimitsDefault } from './transport/transport-limits.ts';
export { type CodedLog, limitLog, type TransportLog, type TransportLogCode } from './transport/transport-log.ts';

// --- For transports of an embedder's own -------------------------------------------------------------------------------

export { FolderGuard } from './transport/folder-guard.ts';
export { neededVersion } from './transport/needed-version.ts';
export { decodePeerFrame, encodePeerFrame } from './transport/peer-frame-bytes.ts';
export { agreedVersion, type PeerVersions, peerVersionsKnown } from './transport/peer-versions.ts';

// --- For tests: a disk and a network in memory, ports on this machine --------------------------------------------------

export {
  type SimulatedCrash,
  SimulatedDisk,
  type SimulatedDiskOptions,
  type SimulatedFault,
} from './disk/simulated-disk.ts';
export { VolatilePeerMemory } from './log/volatile-peer-memory.ts';
export { findFreePorts } from './transport/free-ports.ts';
export {
  MemoryNetwork,
  type MemoryNetworkOptions,
  type MemoryTransport,
  type MemoryTransportOptions,
} from './transport/memory-network.ts';
