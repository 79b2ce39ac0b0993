// What the data folder of a stopped node holds, for those who want to see it. Nothing is written, nothing repaired, and damage
// does not end the reading: it is told, and whatever else can be read is read.
//
// The log is read once from front to end, record by record. What is kept of it is what a group's trail needs (group-trail.ts) and
// which segments hold records of which group, so a log of any size takes about the same memory; lines are read again from the
// disk when they are asked for.

import { type GroupId, type Index, lastIndexOf } from '@balsa/raft';
import type { Disk, DiskFile } from '../../disk/disk.ts';
import { readOnly } from '../../disk/read-only.ts';
import { realDisk } from '../../disk/real-disk.ts';
import { ReplicaError, reasonOf } from '../../errors.ts';
import { isReset, type LogRecord } from '../../record.ts';
import { takeFolder } from '../data-folder.ts';
import type { FolderLock, LockHolder } from '../folder-lock.ts';
import type { Identity } from '../identity-file.ts';
import type { RecoveryProgress } from '../recovery.ts';
import { type Finding, Findings } from './finding.ts';
import { type GroupSummary, noteMissingBeginning, summariesOf } from './group-summary.ts';
import type { GroupTrail, Stretch } from './group-trail.ts';
import { type LogLine, lineOf } from './log-line.ts';
import type { TornTail, WalkedSegment } from './log-walk.ts';
import { findOwner, type ReadLog, readLog, readSnapshots, readStates } from './read-folder.ts';

export interface LogViewOptions {
  /** Path of the node's folder. */
  readonly dataFolder: string;
  /** Default: the disk of this machine. */
  readonly disk?: Disk;
  /** As `DataFolderOptions` has it. */
  readonly lock?: (path: string) => Promise<FolderLock | LockHolder>;
  /** Called while the log is read; `bytesTotal` is an upper bound. */
  readonly onProgress?: (progress: RecoveryProgress) => void;
}

export interface SegmentSummary {
  /** Of the file. */
  readonly name: string;
  readonly blocks: number;
  readonly firstBlock: number | undefined;
  readonly lastBlock: number | undefined;
  /** From the beginning of the file to the end of its last block. */
  readonly usedBytes: number;
  readonly fileBytes: number;
}

export interface LineSelection {
  readonly group: GroupId;
  /** The first and the last entry of interest. Default: all. */
  readonly from?: Index;
  readonly to?: Index;
  /** So many lines, the newest. Default: all. */
  readonly last?: number;
  /** Those that are superseded, too, in the order in which all were written. Default: false. */
  readonly superseded?: boolean;
}

interface Parts {
  readonly identity: Identity | undefined;
  readonly findings: Findings;
  readonly log: ReadLog;
  readonly groups: readonly GroupSummary[];
  readonly release: () => Promise<void>;
}

export class LogView {
  /** Whose folder it is; `undefined`: that is damaged. */
  readonly identity: Identity | undefined;
  readonly segments: readonly SegmentSummary[];
  /** Files that were made for segments to come and hold nothing of the log yet. */
  readonly spareFiles: number;
  /** Of which anything is in the folder, by number. */
  readonly groups: readonly GroupSummary[];
  /** What is damaged: the beginning of a long list. */
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
  readonly tornTail: TornTail | undefined;
  /** How often the log was opened for writing. */
  readonly incarnation: number;
  readonly #log: ReadLog;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /**
   * Reads the folder, which nobody else may use meanwhile.
   * @throws ReplicaError DATA_FOLDER_LOCKED: the node runs; DATA_FOLDER_UNUSABLE: there is no node's folder, or a newer version
   * made it; RECORD_UNKNOWN: a newer version wrote in it; LOG_FAILED: the disk failed.
   */
  static async open({ dataFolder, disk, lock, onProgress = () => {} }: LogViewOptions): Promise<LogView> {
    const path = dataFolder.replace(/(?<=.)\/+$/, '');
    const reader = readOnly(disk ?? (await realDisk()));
    const findings = new Findings(path);
    const identity = await findOwner(reader, path, findings);
    const taken = await takeFolder(path, lock);
    const opened: DiskFile[] = [];
    const release = async (): Promise<void> => {
      for (const file of opened.splice(0)) await file.close();
      await taken.release();
    };
    try {
      const hardStates = await readStates(reader, path, findings);
      const snapshots = await readSnapshots(reader, path, findings);
      const log = await readLog(reader, path, findings, opened, onProgress);
      const groups = summariesOf({ hardStates, snapshots, trails: log.trails });
      for (const group of groups) noteMissingBeginning(group, findings, path);
      return new LogView({ identity, findings, log, groups, release });
    } catch (error) {
      await release();
      throw error instanceof ReplicaError ? error : failed(path, error);
    }
  }

  private constructor({ identity, findings, log, groups, release }: Parts) {
    const { walk, spareFiles } = log;
    this.identity = identity;
    this.segments = walk.segments.map(summaryOfSegment);
    this.spareFiles = spareFiles;
    this.groups = groups;
    this.findings = findings.listed;
    this.findingsCount = findings.count;
    this.tornTail = walk.tornTail && { ...walk.tornTail, path: findings.below(walk.tornTail.path) };
    this.incarnation = walk.incarnation;
    this.#log = log;
    this.#release = release;
  }

  /**
   * What the log holds of a group, record by record. In order of index; with those superseded, in the order in which all of
   * them were written. To be read through, or given up, before others are asked for.
   * @throws ReplicaError LOG_DAMAGED: what was intact a moment ago is not.
   */
  async *lines(selection: LineSelection): AsyncGenerator<LogLine> {
    const trail = this.#log.trails.get(selection.group);
    if (trail === undefined) return;
    const { from = 0, to = Number.POSITIVE_INFINITY, last = Number.POSITIVE_INFINITY } = selection;
    const stretches = trail.stretches.filter(({ indexMin, indexMax }) => indexMax >= from - 1 && indexMin <= to);
    let { begin, skip } = { begin: 0, skip: 0 };
    if (last < Number.POSITIVE_INFINITY) ({ begin, skip } = await this.#beginOfLast(selection, stretches, last));
    for (const { segment } of stretches.slice(begin)) {
      for await (const line of this.#select(selection, trail, segment)) if (skip-- <= 0) yield line;
    }
  }

  /** Closes every file, and lets others have the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  /** Where the newest `last` lines begin: with which stretch, and behind how many lines in it. */
  async #beginOfLast(
    selection: LineSelection,
    stretches: readonly Stretch[],
    last: number,
  ): Promise<{ begin: number; skip: number }> {
    const trail = this.#log.trails.get(selection.group)!;
    let wanted = last;
    for (let begin = stretches.length - 1; begin >= 0; begin--) {
      let count = 0;
      for await (const _ of this.#select(selection, trail, stretches[begin]!.segment)) count++;
      if (count >= wanted) return { begin, skip: count - wanted };
      wanted -= count;
    }
    return { begin: 0, skip: 0 };
  }

  async *#select(selection: LineSelection, trail: GroupTrail, ordinal: number): AsyncGenerator<LogLine> {
    const { walk } = this.#log;
    const segment = walk.segments[ordinal]!;
    for await (const block of walk.again(segment)) {
      for (const { group, record, offset } of block.records) {
        if (group !== selection.group || !isWithin(record, selection)) continue;
        const line = lineOf(
          record,
          { segment: nameOf(segment.path), offset },
          trail.supersededFrom({ segment: ordinal, offset }),
        );
        if (line.superseded !== 'wholly' || selection.superseded === true) yield line;
      }
    }
  }
}

function isWithin(record: LogRecord, { from = 0, to = Number.POSITIVE_INFINITY }: LineSelection): boolean {
  if (isReset(record)) return record.base.index >= from - 1 && record.base.index <= to;
  return lastIndexOf(record) >= from && record.firstIndex <= to;
}

function summaryOfSegment({
  path,
  sizeBytes,
  blocks,
  firstBlock,
  lastBlock,
  writtenBytes,
}: WalkedSegment): SegmentSummary {
  return { name: nameOf(path), blocks, firstBlock, lastBlock, usedBytes: writtenBytes, fileBytes: sizeBytes };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function failed(path: string, error: unknown): ReplicaError {
  const reason = reasonOf(error);
  return new ReplicaError('LOG_FAILED', `${path} cannot be read: ${reason}. Check the disk and the permissions.`, {
    cause: error,
  });
}
