// What was forced upon the groups of a node, in one small file beside its log that is replaced whole:
//
//   { "format": 1, "recoveries": [{ "group": 1, "term": ..., "index": ..., ... }, ...], "crc32c": of the recoveries as JSON }
//
// For people only: nothing that a node does depends on it. A line is written before the deed, so that no deed goes without
// one; it counts once the group has come to its term.

import type { GroupId, Index, NodeId, Term } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { type Disk, diskErrorCode } from '../disk/disk.ts';
import { readWholeFile } from '../disk/promises.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { ReplicaError, reasonOf } from '../errors.ts';

const format = 1;
const fileBytesMax = 1024 * 1024;
/** Beyond it, the oldest are forgotten. */
const recoveriesMax = 1000;

/** A group was forced to go on with those that are left. */
export interface ForcedRecovery {
  readonly group: GroupId;
  /** Of the entry that says so: the first of its lineage. */
  readonly term: Term;
  readonly index: Index;
  /** The term of the entry before it, with which the log ended until then. */
  readonly lastTerm: Term;
  /** The group's voters from then on. */
  readonly members: readonly NodeId[];
  /** Its voters before; empty if the folder did not tell. */
  readonly membersBefore: readonly NodeId[];
  /** By the clock of the machine: ISO 8601. */
  readonly at: string;
}

export interface RecoveryRecord {
  /** The oldest first. */
  readonly recoveries: readonly ForcedRecovery[];
  /** The file is there, and cannot be read: what it said is not known. */
  readonly damage: ReplicaError | undefined;
}

export function recoveryRecordPath(folder: string): string {
  return `${folder}/recoveries.json`;
}

/** Never rejects: a node that cannot read the record starts all the same. */
export async function readRecoveryRecord(disk: Disk, folder: string): Promise<RecoveryRecord> {
  const path = recoveryRecordPath(folder);
  try {
    const file = await disk.open(path);
    try {
      return { recoveries: parse((await readWholeFile(file, fileBytesMax)).toString('utf8')), damage: undefined };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return { recoveries: [], damage: undefined };
    const reason = reasonOf(error);
    const message = `${path} cannot be read: whether groups of this node were forced to go on without a quorum is not known: ${reason}`;
    return { recoveries: [], damage: new ReplicaError('RECOVERY_RECORD_DAMAGED', message, { cause: error }) };
  }
}

/** Durable when it resolves. */
export function writeRecoveryRecord(disk: Disk, folder: string, recoveries: readonly ForcedRecovery[]): Promise<void> {
  return replaceFile(disk, recoveryRecordPath(folder), encodeRecoveryRecord(recoveries.slice(-recoveriesMax)));
}

/** The file's content. */
export function encodeRecoveryRecord(recoveries: readonly ForcedRecovery[]): Buffer {
  return Buffer.from(`${JSON.stringify({ format, recoveries, crc32c: checksum(recoveries) })}\n`);
}

function checksum(recoveries: readonly unknown[]): number {
  return crc32c(Buffer.from(JSON.stringify(recoveries)));
}

function parse(text: string): readonly ForcedRecovery[] {
  const content: unknown = JSON.parse(text);
  if (typeof content !== 'object' || content === null) throw new Error('it holds no object');
  if (!('format' in content && 'recoveries' in content && 'crc32c' in content)) throw new Error('it lacks a field');
  if (content.format !== format) throw new Error(`it has format ${content.format}`);
  const recoveries: unknown = content.recoveries;
  if (!Array.isArray(recoveries)) throw new Error('it holds no list');
  if (content.crc32c !== checksum(recoveries)) throw new Error('its checksum does not fit');
  if (!recoveries.every(isRecovery)) throw new Error('its fields are not those of a recovery');
  return recoveries;
}

function isRecovery(value: unknown): value is ForcedRecovery {
  return (
    typeof value === 'object' &&
    value !== null &&
    'group' in value &&
    isWhole(value.group) &&
    'term' in value &&
    isWhole(value.term) &&
    'index' in value &&
    isWhole(value.index) &&
    'lastTerm' in value &&
    isWhole(value.lastTerm) &&
    'members' in value &&
    areWhole(value.members) &&
    'membersBefore' in value &&
    areWhole(value.membersBefore) &&
    'at' in value &&
    typeof value.at === 'string'
  );
}

function areWhole(value: unknown): boolean {
  return Array.isArray(value) && value.every(isWhole);
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
