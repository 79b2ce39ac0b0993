// A host on a data folder, as a process needs it: the folder with its lock, term and vote, the log, and the host that runs
// on them. A damaged log is cut at the damage if other members can restore what is lost; else it is left as it is, and
// nothing starts.

import type { GroupId, NodeId } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { ReplicaError } from '../errors.ts';
import { DataFolder, type DataFolderOptions } from '../log/data-folder.ts';
import type { RecoveryProgress } from '../log/recovery.ts';
import type { Durability, WriteAheadLogSettings } from '../log/settings.ts';
import { WriteAheadLog } from '../log/write-ahead-log.ts';
import type { Clock, LogStoreEvents } from '../ports.ts';
import { Host, type HostOptions } from './host.ts';
import { realClock } from './real-clock.ts';

export interface OpenHostOptions extends Omit<HostOptions, 'openLog' | 'hardStates'> {
  readonly nodeId: NodeId;
  readonly cluster: string;
  readonly disk: Disk;
  /** Path of the node's folder. Created if it is missing. */
  readonly dataFolder: string;
  readonly freeBytesMin?: number;
  readonly lock?: DataFolderOptions['lock'];
  readonly durability?: Durability;
  readonly logSettings?: Partial<WriteAheadLogSettings>;
  readonly clock?: Clock;
  /** The groups in which this node is a member. */
  readonly groups: readonly GroupId[];
  /**
   * How many members they have. With fewer than three, the others cannot elect a leader that could make up for what this
   * node has lost, and a damaged log is refused.
   */
  readonly members: number;
  /** Draws the number of an incident (see `HardState.incident`): a positive safe integer, hardly ever the same twice. */
  readonly drawIncident?: () => number;
  /** The log is damaged, and about to be cut so that the other members restore what is lost. */
  readonly onDamage?: (damage: ReplicaError) => void;
  readonly onRecoveryProgress?: (progress: RecoveryProgress) => void;
}

export interface OpenedHost {
  readonly host: Host;
  readonly log: WriteAheadLog;
  /** Stops the host (see `Host.stop`), then lets other processes have the folder. */
  close(): Promise<void>;
}

const membersMinForRestoring = 3;
/** Web Crypto fills 32-bit numbers; two of them make 48 bits. */
const twoTo32 = 0x1_0000_0000;

/**
 * Opens the folder, recovers the log and opens the host; `startGroup` and `connect` are the caller's. If anything fails,
 * whatever was opened is closed again.
 * @throws ReplicaError of `DataFolder.open`, `HardStateFile.open` and `WriteAheadLog.open`.
 */
export async function openHost(options: OpenHostOptions): Promise<OpenedHost> {
  const { disk, dataFolder: path, cluster, nodeId, freeBytesMin, lock, members, onDamage } = options;
  const folder = await DataFolder.open({
    disk,
    path,
    cluster,
    nodeId,
    ...(freeBytesMin === undefined ? {} : { freeBytesMin }),
    ...(lock === undefined ? {} : { lock }),
  });
  try {
    return await openOnFolder(options, folder).catch(async (error: unknown) => {
      const isDamaged = error instanceof ReplicaError && error.code === 'LOG_DAMAGED';
      if (!isDamaged || members < membersMinForRestoring) throw error;
      await noteIncident(folder, options);
      onDamage?.(error);
      return openOnFolder(options, folder, () => Promise.resolve());
    });
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function openOnFolder(
  options: OpenHostOptions,
  folder: DataFolder,
  cutAtDamage?: () => Promise<void>,
): Promise<OpenedHost> {
  const { disk, clock = realClock, durability, logSettings, onRecoveryProgress } = options;
  const hardStates = await folder.openHardStates();
  let log: WriteAheadLog | undefined;
  const openLog = async (events: LogStoreEvents): Promise<WriteAheadLog> => {
    log = await WriteAheadLog.open({
      disk,
      folder: folder.logFolder,
      clock,
      events,
      ...(durability === undefined ? {} : { durability }),
      ...(logSettings === undefined ? {} : { settings: logSettings }),
      ...(onRecoveryProgress === undefined ? {} : { onRecoveryProgress }),
      ...(cutAtDamage === undefined ? {} : { onDamage: cutAtDamage }),
    });
    return log;
  };
  try {
    const host = await Host.open({ ...options, openLog, hardStates });
    return { host, log: log!, close: () => closeBoth(host, folder) };
  } catch (error) {
    await hardStates.close();
    throw error;
  }
}

async function closeBoth(host: Host, folder: DataFolder): Promise<void> {
  try {
    await host.stop();
  } finally {
    await folder.close();
  }
}

/** Makes durable that this node may have lost entries that it acknowledged; see restoring.md of the raft package. */
async function noteIncident(folder: DataFolder, { groups, drawIncident = drawNumber }: OpenHostOptions): Promise<void> {
  const hardStates = await folder.openHardStates();
  try {
    const incident = drawIncident();
    for (const group of groups) await hardStates.save(group, { ...hardStates.recovered(group), incident });
  } finally {
    await hardStates.close();
  }
}

/** From 1 to 2^48. */
function drawNumber(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return 1 + (high! & 0xffff) * twoTo32 + low!;
}
