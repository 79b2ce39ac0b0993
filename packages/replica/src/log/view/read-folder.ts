// The parts of a data folder, read one by one, through a disk on which nothing can be changed.

import type { GroupId, HardState } from '@balsa/raft';
import { type Disk, type DiskFile, diskErrorCode } from '../../disk/disk.ts';
import { DamagedFileError, ReplicaError, reasonOf } from '../../errors.ts';
import type { StoredSnapshot } from '../../ports.ts';
import { parseFileName } from '../../snapshot/file-names.ts';
import { readSnapshotFile } from '../../snapshot/found-files.ts';
import { readHardStates } from '../hard-state-file.ts';
import { type Identity, identityFormat, readIdentity } from '../identity-file.ts';
import type { RecoveryProgress } from '../recovery.ts';
import { logDamaged, openSegmentFiles, type SegmentFiles, segmentFileNumber } from '../segment-files.ts';
import { Findings } from './finding.ts';
import { GroupTrail } from './group-trail.ts';
import { LogWalk } from './log-walk.ts';

const noFiles: SegmentFiles = { chain: [], doomed: [], free: [], nextFileNumber: 1, damage: undefined };

/**
 * Whose folder it is; `undefined`: it is one of ours, but what says whose it is, is damaged.
 * @throws ReplicaError DATA_FOLDER_UNUSABLE: it is none, or a newer version made it.
 */
export async function findOwner(disk: Disk, folder: string, findings: Findings): Promise<Identity | undefined> {
  const path = `${folder}/identity.json`;
  let reason = 'the file is missing';
  try {
    const identity = await readIdentity(disk, path);
    if (identity !== undefined && identity.format !== identityFormat) {
      throw unusable(folder, `it has format ${identity.format}`, 'Look at it with the version that wrote it.');
    }
    if (identity !== undefined) return identity;
  } catch (error) {
    if (error instanceof ReplicaError) throw error;
    if (diskErrorCode(error) !== undefined) throw noFolder(folder, reasonOf(error));
    reason = `the file is damaged: ${reasonOf(error)}`;
  }
  if (!(await holdsLog(disk, folder))) throw noFolder(folder, 'it has neither an intact identity.json nor a log');
  findings.add('DATA_FOLDER_UNUSABLE', path, undefined, reason);
  return undefined;
}

/** Term and vote of every group. */
export async function readStates(disk: Disk, folder: string, findings: Findings): Promise<Map<GroupId, HardState>> {
  const path = `${folder}/hard-state`;
  const damaged = (offset: number | undefined, what: string): void =>
    findings.add('HARD_STATE_DAMAGED', path, offset, what);
  let file: DiskFile | undefined;
  try {
    file = await disk.open(path);
    return await readHardStates(file, damaged);
  } catch (error) {
    const code = diskErrorCode(error);
    if (code !== undefined && code !== 'ENOENT') throw error;
    damaged(undefined, code === undefined ? reasonOf(error) : 'the file is missing');
    return new Map();
  } finally {
    await file?.close();
  }
}

/** The latest of every group that is whole. */
export async function readSnapshots(
  disk: Disk,
  folder: string,
  findings: Findings,
): Promise<Map<GroupId, StoredSnapshot>> {
  const names = await listOrNothing(disk, `${folder}/snapshots`);
  const files = names
    .map(parseFileName)
    .filter((name) => name !== undefined)
    .filter(({ kind }) => kind === 'snapshot');
  const latest = new Map<GroupId, StoredSnapshot>();
  for (const { name, group } of files.sort((a, b) => b.number - a.number)) {
    if (latest.has(group)) continue;
    try {
      latest.set(group, await readSnapshotFile(disk, `${folder}/snapshots/${name}`, group));
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      findings.addError(error);
    }
  }
  return latest;
}

export interface ReadLog {
  readonly walk: LogWalk;
  readonly trails: ReadonlyMap<GroupId, GroupTrail>;
  readonly spareFiles: number;
}

/** Opens all segment files, adds them to `opened` at once, and reads them from front to end. */
export async function readLog(
  disk: Disk,
  folder: string,
  findings: Findings,
  opened: DiskFile[],
  onProgress: (progress: RecoveryProgress) => void,
): Promise<ReadLog> {
  const found = (await holdsLog(disk, folder)) ? await openSegmentFiles(disk, `${folder}/log`, false, opened) : noFiles;
  const files = await withLostBeginning(found, folder);
  const walk = new LogWalk(files, findings);
  const startOf: number[] = [];
  let bytesTotal = 0;
  for (const { sizeBytes } of walk.segments) {
    startOf.push(bytesTotal);
    bytesTotal += sizeBytes;
  }
  const trails = new Map<GroupId, GroupTrail>();
  for await (const [{ ordinal, path }, { records, endOffset }] of walk.blocks()) {
    for (const { group, record, offset } of records) {
      const trail = trails.get(group) ?? new GroupTrail(walk.mayBeginAnywhere);
      trails.set(group, trail);
      const fault = trail.take(record, { segment: ordinal, offset });
      if (fault !== undefined) findings.add('LOG_DAMAGED', path, offset, `group ${group}: ${fault}`);
    }
    onProgress({ bytesDone: startOf[ordinal]! + endOffset, bytesTotal });
  }
  return { walk, trails, spareFiles: files.free.length };
}

/**
 * To recovery, a file before the oldest segment that lost its header looks as if it were free, and the log as if its beginning were
 * missing. Who only looks can tell that it is there.
 */
async function withLostBeginning(files: SegmentFiles, folder: string): Promise<SegmentFiles> {
  const { chain, doomed, free } = files;
  const [oldest] = chain;
  const lost = free.filter(({ firstBlock }) => firstBlock !== undefined && firstBlock.logId === oldest?.header.logId);
  if (lost.length === 0 || !(await LogWalk.lacksBeginning(files, new Findings(folder)))) return files;
  const damage = logDamaged(lost[0]!.path, 0, 'the segment header is damaged');
  return { ...files, chain: [], doomed: [...lost, ...chain, ...doomed], free: [], damage };
}

/** Is there what only a node of ours writes? */
async function holdsLog(disk: Disk, folder: string): Promise<boolean> {
  return (await listOrNothing(disk, `${folder}/log`)).some((name) => segmentFileNumber(name) !== undefined);
}

/** The names in a folder that need not be there. */
async function listOrNothing(disk: Disk, folder: string): Promise<string[]> {
  try {
    return await disk.list(folder);
  } catch (error) {
    const code = diskErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function noFolder(folder: string, reason: string): ReplicaError {
  return unusable(
    folder,
    `it is no data folder of a node: ${reason}`,
    'Name the folder that the configuration of the node names.',
  );
}

function unusable(folder: string, reason: string, advice: string): ReplicaError {
  return new ReplicaError('DATA_FOLDER_UNUSABLE', `data folder ${folder} cannot be read: ${reason}. ${advice}`);
}
