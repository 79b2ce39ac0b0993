export type { Disk, DiskFile, Done, OpenFileOptions } from './disk/disk.ts';
export { NodeDisk } from './disk/node-disk.ts';
export {
  type SimulatedCrash,
  SimulatedDisk,
  type SimulatedDiskOptions,
  type SimulatedFault,
} from './disk/simulated-disk.ts';
export { ReplicaError, type ReplicaErrorCode } from './errors.ts';
export { Group, type GroupOptions, type GroupStatus } from './host/group.ts';
export { Host, type HostEvents, type HostOptions } from './host/host.ts';
export { defaultLimits, defaultTiming, type HostLimits, type HostTiming } from './host/host-options.ts';
export { type OpenedHost, type OpenHostOptions, openHost } from './host/open-host.ts';
export type { Proposed, ProposeOptions } from './host/own-session.ts';
export { encodePayload, type PayloadHeader, payloadHeaderBytes } from './host/payload.ts';
export { realClock } from './host/real-clock.ts';
export type { SlowProposal } from './host/slow-watch.ts';
export type { SubmitSink } from './host/submission.ts';
export { DataFolder, type DataFolderOptions } from './log/data-folder.ts';
export { HardStateFile, type HardStateFileOptions } from './log/hard-state-file.ts';
export {
  membersMinForRestoring,
  type NodeStorage,
  type NodeStorageOptions,
  openNodeStorage,
} from './log/node-storage.ts';
export { type Durability, defaultLogSettings, type WriteAheadLogSettings } from './log/settings.ts';
export { VolatilePeerMemory } from './log/volatile-peer-memory.ts';
export { type LogStatistics, WriteAheadLog, type WriteAheadLogOptions } from './log/write-ahead-log.ts';
export type * from './ports.ts';
export { SnapshotFiles, type SnapshotFilesOptions } from './snapshot/snapshot-files.ts';
export {
  type GiveUpReason,
  type SnapshotFetchEvents,
  SnapshotFetcher,
  type SnapshotFetcherOptions,
  type SnapshotFetchProgress,
  type SnapshotFetchStatistics,
} from './snapshot-transfer/snapshot-fetcher.ts';
export {
  type SnapshotSendEvents,
  SnapshotSender,
  type SnapshotSenderOptions,
  type SnapshotSendProgress,
  type SnapshotSendStatistics,
} from './snapshot-transfer/snapshot-sender.ts';
export {
  type SnapshotFetchLimits,
  type SnapshotSendLimits,
  snapshotFetchDefaults,
  snapshotSendDefaults,
} from './snapshot-transfer/transfer-limits.ts';
export { FolderGuard } from './transport/folder-guard.ts';
export { findFreePorts } from './transport/free-ports.ts';
export { MemoryNetwork, type MemoryNetworkOptions, type MemoryTransportOptions } from './transport/memory-network.ts';
export { neededVersion } from './transport/needed-version.ts';
export { decodePeerFrame, encodePeerFrame } from './transport/peer-frame-bytes.ts';
export { agreedVersion, type PeerVersions, peerVersionsKnown } from './transport/peer-versions.ts';
export { type PeerAddress, TcpTransport, type TcpTransportOptions } from './transport/tcp-transport.ts';
export { type TransportLimits, transportLimitsDefault } from './transport/transport-limits.ts';
export { type CodedLog, limitLog, type TransportLog, type TransportLogCode } from './transport/transport-log.ts';
