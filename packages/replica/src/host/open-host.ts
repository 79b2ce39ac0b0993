// A host as a process needs it, in one call: on its data folder, with everything that lies there, and in touch with its peers.

import type { GroupId, NodeId } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { NodeDisk } from '../disk/node-disk.ts';
import { ReplicaError } from '../errors.ts';
import { carriedOut } from '../forced-recovery/carried-out.ts';
import { type ForcedRecovery, readRecoveryRecord } from '../forced-recovery/recovery-record.ts';
import { type NodeStorage, type NodeStorageOptions, openNodeStorage } from '../log/node-storage.ts';
import type { WriteAheadLog } from '../log/write-ahead-log.ts';
import type { Transport } from '../ports.ts';
import type { PeerVersions } from '../transport/peer-versions.ts';
import { type PeerAddress, TcpTransport } from '../transport/tcp-transport.ts';
import type { TransportLimits } from '../transport/transport-limits.ts';
import type { TransportLog } from '../transport/transport-log.ts';
import { checkOptions } from './check-options.ts';
import { Host, type HostEvents, type HostOptions, type StopOptions } from './host.ts';
import { realClock } from './real-clock.ts';

/** What every host needs, and what it may be told. */
export interface HostBasics
  extends Pick<HostOptions, 'clock' | 'timing' | 'limits' | 'zones' | 'statistics' | 'seed' | 'firstRequestId'>,
    Omit<NodeStorageOptions, 'disk' | 'path' | 'cluster' | 'nodeId' | 'clock'> {
  /** A positive integer, at most 2^53 - 1, that no other node of the cluster has or ever had. */
  readonly nodeId: NodeId;
  /** Up to 256 bytes of UTF-8. Nodes refuse those, and data folders, of another cluster. */
  readonly cluster: string;
  /** Path of the node's folder, which is its memory: created if it is missing, used by no other process. */
  readonly dataFolder: string;
  /** Default: the disk of this machine. */
  readonly disk?: Disk;
  /** Default: what ends a host or a group is told by `OpenedHost.failed`, the rest by nobody. */
  readonly events?: Partial<HostEvents>;
}

/** A host that talks to its peers over TCP. */
export interface OpenHostOptions extends HostBasics {
  /** Where this node answers its peers: an address of this machine. Nothing is encrypted. */
  readonly listen: PeerAddress;
  /** Where the other nodes answer; an entry for this node is ignored. Later ones: `OpenedHost.transport.setPeer`. */
  readonly peers: ReadonlyMap<NodeId, PeerAddress>;
  /** Hears, in coded lines, of connections made, lost and refused. Default: nobody does. */
  readonly log?: TransportLog;
  readonly transportLimits?: Partial<TransportLimits>;
  /** See `TcpTransportOptions.versions`. */
  readonly versions?: PeerVersions;
}

/** A host with a transport of the embedder's. */
export interface OpenHostOverOptions<T extends Transport> extends HostBasics {
  /**
   * Called once the folder is open, for a transport may show it to the other nodes and remember theirs (see `FolderGuard`).
   * Started by `Host.connect`, closed by `OpenedHost.close`.
   */
  readonly createTransport: (storage: Pick<NodeStorage, 'folder' | 'peers'>) => T;
}

export interface OpenedHost<T extends Transport = Transport> {
  readonly host: Host;
  readonly transport: T;
  /** For its statistics. */
  readonly log: WriteAheadLog;
  /**
   * Resolves, and never rejects, when something has ended that nobody else was told of: with LOG_FAILED when the disk failed, so
   * that the whole host has stopped acknowledging; with GROUP_FAILED when a group stopped, unless `events.onGroupFailure` hears
   * of that. The cause is in the error. The host has to be closed all the same.
   */
  readonly failed: Promise<ReplicaError>;
  /** Groups of this node that were forced to go on without a quorum, on this folder, the oldest first (docs/recovery.md). */
  readonly forcedRecoveries: readonly ForcedRecovery[];
  /** Stops the host (see `Host.stop`), then lets other processes have the folder. Whoever waits for something hears STOPPED. */
  close(options?: StopOptions): Promise<void>;
}

/**
 * Opens the folder, recovers the log and opens the host. The caller starts its groups and then connects:
 *
 * ```ts
 * const { host, close } = await openHost({
 *   nodeId: 1,
 *   cluster: 'counters',
 *   dataFolder: 'data/node-1',
 *   listen: { host: '10.0.0.1', port: 7001 },
 *   peers: new Map([
 *     [2, { host: '10.0.0.2', port: 7001 }],
 *     [3, { host: '10.0.0.3', port: 7001 }],
 *   ]),
 * });
 * const group = host.startGroup({ group: 1, members: [1, 2, 3], stateMachine });
 * await host.connect();
 * const { result } = await group.propose(command, { timeoutMs: 5000 });
 * await close();
 * ```
 *
 * If anything fails, whatever was opened is closed again.
 * @throws ReplicaError OPTIONS_INVALID; DATA_FOLDER_LOCKED, DATA_FOLDER_FOREIGN, DATA_FOLDER_UNUSABLE; HARD_STATE_DAMAGED,
 * LOG_DAMAGED, LOG_FAILED, RECORD_UNKNOWN. RangeError: this build does not speak all of `versions`.
 */
export function openHost(options: OpenHostOptions): Promise<OpenedHost<TcpTransport>>;
export function openHost<T extends Transport>(options: OpenHostOverOptions<T>): Promise<OpenedHost<T>>;
export async function openHost(options: OpenHostOptions | OpenHostOverOptions<Transport>): Promise<OpenedHost> {
  checkOptions(options);
  const { dataFolder: path, clock = realClock, disk = new NodeDisk() } = options;
  const storage = await openNodeStorage({ ...options, disk, path, clock });
  let transport: Transport | undefined;
  try {
    const opened = 'createTransport' in options ? options.createTransport(storage) : tcpTransport(options, storage);
    transport = opened;
    const { failed, events } = watchFailures(options.events ?? {});
    let log: WriteAheadLog | undefined;
    const host = await Host.open({
      ...options,
      hardStates: storage.hardStates,
      snapshots: storage.snapshots,
      transport: opened,
      openLog: async (logEvents) => {
        log = await storage.openLog(logEvents);
        return log;
      },
      events,
    });
    const record = await readRecoveryRecord(disk, path);
    if (record.damage !== undefined) options.onDamage?.(record.damage);
    return {
      host,
      transport: opened,
      log: log!,
      failed,
      forcedRecoveries: carriedOut(record.recoveries, { ...storage, log: log! }),
      close: (stopOptions) => host.stop(stopOptions).finally(() => storage.release()),
    };
  } catch (error) {
    await Promise.allSettled([transport?.close(), storage.hardStates.close(), storage.snapshots.close()]);
    await storage.release();
    throw error;
  }
}

function tcpTransport(options: OpenHostOptions, { folder, peers: peerMemory }: NodeStorage): TcpTransport {
  const { nodeId, cluster, listen, peers, log = () => {}, transportLimits = {}, versions } = options;
  return new TcpTransport({
    nodeId,
    cluster,
    listen,
    peers,
    folder,
    peerMemory,
    log,
    limits: transportLimits,
    ...(versions === undefined ? {} : { versions }),
  });
}

function watchFailures(events: Partial<HostEvents>): {
  readonly failed: Promise<ReplicaError>;
  readonly events: HostEvents;
} {
  let declare: (error: ReplicaError) => void = () => {};
  const failed = new Promise<ReplicaError>((resolve) => {
    declare = resolve;
  });
  const onFatal = (error: Error): void => {
    declare(error instanceof ReplicaError ? error : new ReplicaError('LOG_FAILED', error.message, { cause: error }));
    events.onFatal?.(error);
  };
  const onGroupFailure = (group: GroupId, error: Error): void => {
    if (events.onGroupFailure !== undefined) events.onGroupFailure(group, error);
    else declare(new ReplicaError('GROUP_FAILED', `group ${group} has stopped: ${error.message}`, { cause: error }));
  };
  return {
    failed,
    events: {
      onFatal,
      onGroupFailure,
      onSlowProposal: (slow) => events.onSlowProposal?.(slow),
      onSnapshotFailure: (group, error) => events.onSnapshotFailure?.(group, error),
      onMembers: (group, members) => events.onMembers?.(group, members),
      onRemoved: (group) => events.onRemoved?.(group),
    },
  };
}
