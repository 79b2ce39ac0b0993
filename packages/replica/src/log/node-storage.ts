// What a node keeps on its disk: the folder with its lock, term and vote, the log, and the snapshots. A damaged log is cut at
// the damage if other members can restore what is lost; else it is left as it is, and nothing starts.
//
// Log and snapshots of a group must join: the log may begin no later than behind the snapshot. If it does, the snapshot that
// it followed on is lost or damaged, and what was in it is nowhere else on this node; so the group is treated like one whose
// log was damaged. A log that ends before the snapshot, or disagrees with it, is no damage: the node died between the two
// steps in which a snapshot takes the place of a log, and whoever starts the group resets its log.

import { type GroupId, type Index, withLostEntries } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type { Clock, FolderIdentity, HardStateStore, LogStoreEvents, PeerMemory, SnapshotStore } from '../ports.ts';
import { randomId } from '../random-id.ts';
import { SnapshotFiles } from '../snapshot/snapshot-files.ts';
import { DataFolder, type DataFolderOptions } from './data-folder.ts';
import type { HardStateFile } from './hard-state-file.ts';
import { PeerMemoryFile } from './peer-memory-file.ts';
import type { RecoveryProgress } from './recovery.ts';
import type { Durability, WriteAheadLogSettings } from './settings.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

export interface NodeStorageOptions extends DataFolderOptions {
  readonly clock: Clock;
  readonly durability?: Durability;
  readonly logSettings?: Partial<WriteAheadLogSettings>;
  /**
   * Whether a damaged log is cut at the damage, for the other members to restore what is lost: until they have, this one
   * neither votes nor counts. Otherwise it is left as it is, and refused with LOG_DAMAGED. Only where every group of this node
   * has `membersMinForRestoring` voters: in a smaller one, whatever lay behind the damage is lost, and no leader is elected any
   * more. Default: false.
   */
  readonly restoreFromPeers?: boolean;
  /** Draws what the numbers of incidents are made from (see `HardState.incident`): a positive integer below 2^52, hardly ever the same twice. */
  readonly drawIncident?: () => number;
  /** See `WriteAheadLogOptions.drawLogId`. */
  readonly drawLogId?: () => bigint;
  /** Draws the id of a snapshot: a positive safe integer, hardly ever the same twice. */
  readonly drawSnapshotId?: () => number;
  /**
   * The log is damaged, and about to be cut so that the other members restore what is lost; or a snapshot is damaged or
   * missing. If the log does not hold what was in it, the log of the group is about to be forgotten for the same reason. Or,
   * with RECOVERY_RECORD_DAMAGED, what was forced upon the groups (docs/recovery.md) is not known; nothing depends on it.
   */
  readonly onDamage?: (damage: ReplicaError) => void;
  /** Which folders the other nodes have was remembered, and is forgotten. */
  readonly onPeersForgotten?: (damage: ReplicaError) => void;
  readonly onRecoveryProgress?: (progress: RecoveryProgress) => void;
}

export interface NodeStorage {
  readonly folder: FolderIdentity;
  /** To be used no longer than until `release`. */
  readonly peers: PeerMemory;
  /** Closed by whoever uses it: a host does. */
  readonly hardStates: HardStateStore & { readonly groups: readonly GroupId[] };
  /** To be used no longer than until `release`, which closes what is still open. */
  readonly snapshots: SnapshotStore;
  /**
   * Opens the log, once; whoever uses it closes it.
   * @throws ReplicaError of `WriteAheadLog.open`; SNAPSHOT_DAMAGED, LOG_DAMAGED: a snapshot is damaged or missing, and
   * neither the log nor other members have what was in it. Nothing is given up then.
   */
  readonly openLog: (events: LogStoreEvents) => Promise<WriteAheadLog>;
  /** Lets other processes have the folder. */
  release(): Promise<void>;
}

/** With fewer, the others cannot elect a leader that makes up for what a member has lost. */
export const membersMinForRestoring = 3;

/** @throws ReplicaError of `DataFolder.open`, `PeerMemoryFile.open`, `HardStateFile.open` and `SnapshotFiles.open`. */
export async function openNodeStorage(options: NodeStorageOptions): Promise<NodeStorage> {
  const { disk, onPeersForgotten = () => {}, drawSnapshotId: drawId } = options;
  const folder = await DataFolder.open(options);
  let hardStates: HardStateFile | undefined;
  try {
    const peers = await PeerMemoryFile.open({ disk, path: folder.peersPath, onDamage: onPeersForgotten });
    hardStates = await folder.openHardStates();
    const snapshots = await SnapshotFiles.open({
      disk,
      folder: folder.snapshotsFolder,
      ...(drawId === undefined ? {} : { drawId }),
    });
    const parts: Parts = { folder, hardStates, snapshots };
    return {
      folder: folder.identity,
      peers,
      hardStates,
      snapshots,
      openLog: (events) => openLog(options, parts, events),
      release: async () => {
        await snapshots.close();
        await peers.close();
        await folder.close();
      },
    };
  } catch (error) {
    await hardStates?.close();
    await folder.close();
    throw error;
  }
}

interface Parts {
  readonly folder: DataFolder;
  readonly hardStates: HardStateFile;
  readonly snapshots: SnapshotFiles;
}

async function openLog(options: NodeStorageOptions, parts: Parts, events: LogStoreEvents): Promise<WriteAheadLog> {
  const { disk, clock, durability, logSettings, restoreFromPeers = false, drawLogId, onRecoveryProgress } = options;
  const cut = async (damage: ReplicaError): Promise<void> => {
    // Every group in which this node can have acknowledged anything.
    await noteIncident(options, parts.hardStates.groups, parts.hardStates);
    options.onDamage?.(damage);
  };
  const log = await WriteAheadLog.open({
    disk,
    folder: parts.folder.logFolder,
    clock,
    events,
    ...(durability === undefined ? {} : { durability }),
    ...(logSettings === undefined ? {} : { settings: logSettings }),
    ...(drawLogId === undefined ? {} : { drawLogId }),
    ...(onRecoveryProgress === undefined ? {} : { onRecoveryProgress }),
    ...(restoreFromPeers ? { onDamage: cut } : {}),
  });
  try {
    for (const group of parts.hardStates.groups) await joinSnapshot(options, parts, log, group);
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Sees to it that log and snapshot of the group hold everything together, or that the others know that they do not. */
async function joinSnapshot(
  options: NodeStorageOptions,
  { hardStates, snapshots }: Parts,
  log: WriteAheadLog,
  group: GroupId,
): Promise<void> {
  const damage = snapshots.damage(group);
  const { base } = log.recovered(group);
  const snapshotIndex = snapshots.latest(group)?.index ?? 0;
  if (base.index <= snapshotIndex) {
    if (damage !== undefined) options.onDamage?.(damage);
    return;
  }
  const missing = snapshotMissing(group, base.index, snapshotIndex, damage);
  // What a member holds while it is being restored counts for nothing. So does what it held of a group that it was removing when it died:
  // that it did is noted first, and which of log and snapshot went before the other cannot be said.
  const counts = hardStates.current(group).incident === 0;
  if (counts && options.restoreFromPeers !== true) throw missing;
  await noteIncident(options, [group], hardStates);
  if (counts || damage !== undefined) options.onDamage?.(missing);
  log.forget(group);
  await snapshots.remove(group);
}

function snapshotMissing(group: GroupId, baseIndex: Index, snapshotIndex: Index, damage?: ReplicaError): ReplicaError {
  const what = `the log of group ${group} begins behind entry ${baseIndex}, and no snapshot holds it and those before`;
  const found = snapshotIndex === 0 ? 'there is none' : `the latest ends with entry ${snapshotIndex}`;
  const hint = 'Restore the data folder from a backup, or let the other nodes restore what is lost.';
  const code = damage === undefined ? 'LOG_DAMAGED' : 'SNAPSHOT_DAMAGED';
  return new ReplicaError(code, `${what}: ${damage?.message ?? found}. ${hint}`, { cause: damage });
}

/** Makes durable that this node may have lost entries that it acknowledged; see restoring.md of the raft package. */
async function noteIncident(
  { drawIncident = randomId }: NodeStorageOptions,
  groups: readonly GroupId[],
  hardStates: HardStateStore,
): Promise<void> {
  const drawn = drawIncident();
  for (const group of groups) await hardStates.save(group, withLostEntries(hardStates.current(group), drawn));
}
