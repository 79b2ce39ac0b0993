// A node's folder: who it belongs to, and that nobody else uses it.
//
//   identity.json   cluster, node id, and what tells this folder from all others (identity-file.ts); written last when the
//                   folder is made, so that whoever has it has all
//   peers.json      which folders the other nodes have; see peer-memory-file.ts
//   hard-state      term and vote
//   log/            the write-ahead log
//   snapshots/      the latest snapshot of every group
//   recoveries.json what was forced upon the groups without a quorum, if anything was; see forced-recovery/recovery-record.ts
//
// Other files, such as a supervisor's output, may lie beside these.

import { incidentNumber, initialHardState, type NodeId } from '@balsa/raft';
import { type Disk, diskErrorCode } from '../disk/disk.ts';
import { ReplicaError, reasonOf } from '../errors.ts';
import type { FolderIdentity } from '../ports.ts';
import { randomId } from '../random-id.ts';
import type { FolderLock, LockHolder } from './folder-lock.ts';
import { HardStateFile } from './hard-state-file.ts';
import { type Identity, identityFormat, readIdentity, writeIdentity } from './identity-file.ts';

const mebibyte = 1024 * 1024;

export interface DataFolderOptions {
  readonly disk: Disk;
  /** Created if it is missing. */
  readonly path: string;
  readonly cluster: string;
  readonly nodeId: NodeId;
  /** A folder with less free space is refused. Default: 256 MiB, a few segments of the log. */
  readonly freeBytesMin?: number;
  /** See `HardStateFileOptions.extentSlots`. */
  readonly extentSlots?: number;
  /**
   * This node ran before, and its disk is lost. If the folder is new, the node takes part in every group as one that has
   * lost all it ever acknowledged: it neither votes nor counts until a leader has made up for that. Without this, a node
   * that forgot its votes could vote twice, so the others refuse it. Changes nothing for a folder that is there.
   */
  readonly replacesLostDisk?: boolean;
  /** Draws what tells a new folder from all others: a positive safe integer, hardly ever the same twice. */
  readonly drawFolderId?: () => number;
  /** For a disk that no other process can reach; the default locks the folder among processes of this machine. */
  readonly lock?: (path: string) => Promise<FolderLock | LockHolder>;
}

export class DataFolder {
  readonly path: string;
  readonly logFolder: string;
  readonly snapshotsFolder: string;
  readonly hardStatePath: string;
  readonly peersPath: string;
  readonly identity: FolderIdentity;
  /** This start made the folder. */
  readonly isNew: boolean;
  readonly #options: DataFolderOptions;
  readonly #lock: FolderLock;

  /**
   * Opens and locks the folder. Rejects with DATA_FOLDER_LOCKED (another process has it), DATA_FOLDER_FOREIGN (of another
   * node or cluster) or DATA_FOLDER_UNUSABLE (not a folder, not writable, full, or not readable as ours).
   */
  static async open(options: DataFolderOptions): Promise<DataFolder> {
    const { disk, path } = options;
    let lock: FolderLock | undefined;
    try {
      await disk.createFolder(path);
      lock = await takeFolder(path, options.lock);
      const found = await findIdentity(disk, path);
      const identity = found === undefined ? undefined : checkIdentity(found, options);
      // Names may be there only for as long as the power lasts: the process that gave them died before they were durable.
      if (identity !== undefined) await disk.syncFolder(path);
      await checkSpace(options);
      const folder = new DataFolder(options, lock, identity);
      if (folder.isNew) await folder.#establish();
      return folder;
    } catch (error) {
      await lock?.release();
      if (!(error instanceof ReplicaError)) throw unusable(path, error);
      throw error.code === 'LOG_FAILED' ? unusable(path, error.cause) : error;
    }
  }

  private constructor(options: DataFolderOptions, lock: FolderLock, found: FolderIdentity | undefined) {
    const { path, drawFolderId = randomId, replacesLostDisk = false } = options;
    this.path = path;
    this.logFolder = `${path}/log`;
    this.snapshotsFolder = `${path}/snapshots`;
    this.hardStatePath = `${path}/hard-state`;
    this.peersPath = `${path}/peers.json`;
    this.identity = found ?? { id: drawFolderId(), replacesLostDisk };
    this.isNew = found === undefined;
    this.#options = options;
    this.#lock = lock;
  }

  /**
   * Term and vote of this node. Once the folder has an identity, the file must be there. In a folder that replaces a lost one,
   * a group of which nothing is known begins with an incident (see restoring.md of the raft package), whose number is drawn from the folder's.
   */
  openHardStates(): Promise<HardStateFile> {
    return this.#openHardStates(true);
  }

  /** Lets other processes have the folder. */
  close(): Promise<void> {
    return this.#lock.release();
  }

  #openHardStates(mustExist: boolean): Promise<HardStateFile> {
    const { disk, extentSlots } = this.#options;
    const { id, replacesLostDisk } = this.identity;
    return HardStateFile.open({
      disk,
      path: this.hardStatePath,
      mustExist,
      initial: replacesLostDisk ? { ...initialHardState, incident: incidentNumber(id, 'andVotes') } : initialHardState,
      ...(extentSlots === undefined ? {} : { extentSlots }),
    });
  }

  async #establish(): Promise<void> {
    const { disk, cluster, nodeId } = this.#options;
    const names = await disk.list(this.path);
    const left = names.find((name) => name === 'log' || name === 'snapshots');
    if (left !== undefined) throw lost(this.path, `it holds the folder "${left}", but its identity.json is missing`);
    await (await this.#openHardStates(false)).close();
    const { id: folder, replacesLostDisk } = this.identity;
    await writeIdentity(disk, identityPath(this.path), { cluster, nodeId, folder, replacesLostDisk });
  }
}

/** Nobody else has the folder until the lock is released. @throws ReplicaError DATA_FOLDER_LOCKED */
export async function takeFolder(
  path: string,
  lock: NonNullable<DataFolderOptions['lock']> = lockAmongProcesses,
): Promise<FolderLock> {
  const taken = await lock(path);
  if ('release' in taken) return taken;
  throw locked(path, taken);
}

/** Loaded when it is needed: a folder on a simulated disk can be used where there are no processes and no sockets. */
async function lockAmongProcesses(path: string): Promise<FolderLock | LockHolder> {
  const { lockFolder } = await import('./folder-lock.ts');
  return lockFolder(path);
}

function identityPath(folder: string): string {
  return `${folder}/identity.json`;
}

async function findIdentity(disk: Disk, folder: string): Promise<Identity | undefined> {
  try {
    return await readIdentity(disk, identityPath(folder));
  } catch (error) {
    if (diskErrorCode(error) !== undefined) throw error;
    const reason =
      error instanceof SyntaxError ? 'it is no JSON' : String(error instanceof Error ? error.message : error);
    throw lost(folder, `its identity.json is damaged: ${reason}`, error);
  }
}

function checkIdentity(found: Identity, { path, cluster, nodeId }: DataFolderOptions): FolderIdentity {
  if (found.format !== identityFormat) {
    throw unusable(path, new Error(`it has format ${found.format}; start the version that wrote it`));
  }
  if (found.cluster === cluster && found.nodeId === nodeId) {
    return { id: found.folder, replacesLostDisk: found.replacesLostDisk };
  }
  const owner = `node ${found.nodeId} of cluster "${found.cluster}"`;
  throw new ReplicaError(
    'DATA_FOLDER_FOREIGN',
    `data folder ${path} belongs to ${owner}, not to node ${nodeId} of "${cluster}". Check the node id and the folder in the configuration.`,
  );
}

async function checkSpace({ disk, path, freeBytesMin = 256 * mebibyte }: DataFolderOptions): Promise<void> {
  const freeBytes = await disk.freeBytes(path);
  if (freeBytes >= freeBytesMin) return;
  const free = `${Math.floor(freeBytes / mebibyte)} MiB free, ${Math.ceil(freeBytesMin / mebibyte)} MiB needed`;
  throw unusable(path, new Error(`the disk is full: ${free}`));
}

function locked(path: string, { processId }: LockHolder): ReplicaError {
  const holder = processId === undefined ? 'another process' : `process ${processId}`;
  return new ReplicaError(
    'DATA_FOLDER_LOCKED',
    `data folder ${path} is in use by ${holder}. Stop that process, or give this node a folder of its own.`,
  );
}

/** What makes it a folder of ours is gone, and cannot be made anew. */
function lost(path: string, what: string, cause?: unknown): ReplicaError {
  return new ReplicaError(
    'DATA_FOLDER_UNUSABLE',
    `data folder ${path} cannot be used: ${what}. In a cluster of three or more, move it away and start the node with replacesLostDisk set; in a smaller one, restore it from a backup.`,
    { cause },
  );
}

const reasons: Readonly<Record<string, string>> = {
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'there is a file of that name',
  EACCES: 'this process may not write there',
  EPERM: 'this process may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

function unusable(path: string, error: unknown): ReplicaError {
  const reason = reasons[diskErrorCode(error) ?? ''] ?? reasonOf(error);
  return new ReplicaError(
    'DATA_FOLDER_UNUSABLE',
    `data folder ${path} cannot be used: ${reason}. Make it a folder that this process can write, with space to spare.`,
    { cause: error },
  );
}
