// What a node keeps on its disk: the folder with its lock, term and vote, and the log. A damaged log is cut at the damage
// if other members can restore what is lost; else it is left as it is, and nothing starts.

import type { ReplicaError } from '../errors.ts';
import type { Clock, FolderIdentity, HardStateStore, LogStoreEvents, PeerMemory, SnapshotStore } from '../ports.ts';
import { randomId } from '../random-id.ts';
import { DataFolder, type DataFolderOptions } from './data-folder.ts';
import type { HardStateFile } from './hard-state-file.ts';
import { noSnapshots } from './no-snapshots.ts';
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
  /** Draws the number of an incident (see `HardState.incident`): a positive safe integer, hardly ever the same twice. */
  readonly drawIncident?: () => number;
  /** See `WriteAheadLogOptions.drawLogId`. */
  readonly drawLogId?: () => bigint;
  /** The log is damaged, and about to be cut so that the other members restore what is lost. */
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
  readonly hardStates: HardStateStore;
  /** Closed by whoever uses it. */
  readonly snapshots: SnapshotStore;
  /**
   * Opens the log, once; whoever uses it closes it.
   * @throws ReplicaError of `WriteAheadLog.open`.
   */
  readonly openLog: (events: LogStoreEvents) => Promise<WriteAheadLog>;
  /** Lets other processes have the folder. */
  release(): Promise<void>;
}

/** With fewer, the others cannot elect a leader that makes up for what a member has lost. */
export const membersMinForRestoring = 3;

/** @throws ReplicaError of `DataFolder.open`, `PeerMemoryFile.open` and `HardStateFile.open`. */
export async function openNodeStorage(options: NodeStorageOptions): Promise<NodeStorage> {
  const folder = await DataFolder.open(options);
  try {
    const { disk, onPeersForgotten = () => {} } = options;
    const peers = await PeerMemoryFile.open({ disk, path: folder.peersPath, onDamage: onPeersForgotten });
    const hardStates = await folder.openHardStates();
    return {
      folder: folder.identity,
      peers,
      hardStates,
      snapshots: noSnapshots,
      openLog: (events) => openLog(options, folder, hardStates, events),
      release: async () => {
        await peers.close();
        await folder.close();
      },
    };
  } catch (error) {
    await folder.close();
    throw error;
  }
}

function openLog(
  options: NodeStorageOptions,
  folder: DataFolder,
  hardStates: HardStateFile,
  events: LogStoreEvents,
): Promise<WriteAheadLog> {
  const { disk, clock, durability, logSettings, restoreFromPeers = false, drawLogId, onRecoveryProgress } = options;
  const cut = async (damage: ReplicaError): Promise<void> => {
    await noteIncident(options, hardStates);
    options.onDamage?.(damage);
  };
  return WriteAheadLog.open({
    disk,
    folder: folder.logFolder,
    clock,
    events,
    ...(durability === undefined ? {} : { durability }),
    ...(logSettings === undefined ? {} : { settings: logSettings }),
    ...(drawLogId === undefined ? {} : { drawLogId }),
    ...(onRecoveryProgress === undefined ? {} : { onRecoveryProgress }),
    ...(restoreFromPeers ? { onDamage: cut } : {}),
  });
}

/**
 * Makes durable that this node may have lost entries that it acknowledged (restoring.md of the raft package), in every group in
 * which it can have acknowledged any.
 */
async function noteIncident({ drawIncident = randomId }: NodeStorageOptions, hardStates: HardStateFile): Promise<void> {
  const incident = drawIncident();
  for (const group of hardStates.groups) await hardStates.save(group, { ...hardStates.current(group), incident });
}
