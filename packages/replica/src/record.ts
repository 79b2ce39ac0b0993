// The record of one batch: the same bytes in the write-ahead log, on the wire and in every follower's log.
//
//   offset  size  field (little endian)
//        0     4  length of the whole record in bytes
//        4     4  CRC-32C of everything after this field
//        8     1  format version, 1
//        9     1  kind: of a batch, or 128
//       10     2  zero
//       12     4  group
//       16     8  term
//       24     8  term of the entry before the first
//       32     8  index of the first entry
//       40     4  number of entries
//       44     4  zero
//       48        payload: for each entry, its length (4 bytes) and its bytes
//
// One length and one checksum per batch, not per entry: the batch is the unit of flushing, sending and truncation.
//
// The entry of a configuration batch (kind 2) is laid out as in configuration-bytes.ts.
//
// Kind 128 is known to logs only and is not taken from other nodes. It has no entries and term 0, and says that the log
// of the group begins anew: nothing before it counts, and what comes next has this index and follows on this term. Index
// 1 after term 0: nothing is known of the group any more.

import { type Batch, type BatchHeader, BatchKind, type GroupId } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { decodeConfiguration } from './configuration-bytes.ts';
import { ReplicaError } from './errors.ts';
import type { LogPosition } from './ports.ts';

export const recordHeaderBytes = 48;
export const entryHeaderBytes = 4;
const formatVersion = 1;
const resetKind = 128;
const checksumStart = 8;
const twoTo24 = 0x100_0000;
const twoTo32 = 0x1_0000_0000;
/** Upper half of 2^53 - 1. */
const safeHighMax = 0x1f_ffff;

/** A record of a log that takes the place of everything before it. */
export interface LogReset {
  /** What comes next follows on this. */
  readonly base: LogPosition;
  readonly bytes: Uint8Array;
}

/** What a log is made of. */
export type LogRecord = Batch | LogReset;

export function isReset(record: LogRecord): record is LogReset {
  return 'base' in record;
}

/** Writes the header into the first 48 bytes of `record`, whose payload is already in place, checksum last. */
export function sealRecord(record: Buffer, group: GroupId, header: BatchHeader): void {
  seal(record, group, header.kind, header);
}

/** Throws a RangeError for what could not be opened again. */
export function sealReset(group: GroupId, base: LogPosition): LogReset {
  if (!mayFollow(base)) throw new RangeError(`no log can follow on entry ${base.index} of term ${base.term}`);
  const bytes = Buffer.alloc(recordHeaderBytes);
  seal(bytes, group, resetKind, { term: 0, prevTerm: base.term, firstIndex: base.index + 1, count: 0 });
  return { base, bytes };
}

function seal(record: Buffer, group: GroupId, kind: number, header: Omit<BatchHeader, 'kind'>): void {
  record.writeUInt32LE(record.length, 0);
  record[8] = formatVersion;
  record[9] = kind;
  record.writeUInt16LE(0, 10);
  record.writeUInt32LE(group, 12);
  writeUint64(record, header.term, 16);
  writeUint64(record, header.prevTerm, 24);
  writeUint64(record, header.firstIndex, 32);
  record.writeUInt32LE(header.count, 40);
  record.writeUInt32LE(0, 44);
  record.writeUInt32LE(crc32c(record.subarray(checksumStart)), 4);
}

/** The length that a record starting at `offset` claims, or `undefined` if its length field is not all there. */
export function claimedRecordLength(bytes: Buffer, offset: number): number | undefined {
  return offset + 4 <= bytes.length ? bytes.readUInt32LE(offset) : undefined;
}

/**
 * Checks the record that starts at `offset` and returns it as a batch over the same memory (no copy). What it returns can
 * be relied on: its numbers are exact, its entries fill it, and the one of a configuration batch is a configuration.
 * @throws ReplicaError RECORD_DAMAGED; RECORD_UNKNOWN for intact bytes that are laid out otherwise.
 */
export function openRecord(bytes: Buffer, offset = 0): { readonly group: GroupId; readonly batch: Batch } {
  const { group, record } = openLogRecord(bytes, offset);
  if (isReset(record)) throw unknown(offset, `kind ${resetKind} is known to logs only`);
  return { group, batch: record };
}

/** As `openRecord`, for what a log has written itself. */
export function openLogRecord(bytes: Buffer, offset = 0): { readonly group: GroupId; readonly record: LogRecord } {
  const length = claimedRecordLength(bytes, offset);
  if (length === undefined || length < recordHeaderBytes || offset + length > bytes.length) {
    throw new ReplicaError(
      'RECORD_DAMAGED',
      `record at offset ${offset}: its length does not fit the bytes that hold it`,
    );
  }
  const record = bytes.subarray(offset, offset + length);
  if (record.readUInt32LE(4) !== crc32c(record.subarray(checksumStart))) {
    throw new ReplicaError('RECORD_DAMAGED', `record at offset ${offset}: checksum mismatch`);
  }
  const kind = record[9]!;
  if (record[8] !== formatVersion || (kind > BatchKind.configuration && kind !== resetKind)) {
    throw unknown(offset, `version ${record[8]}, kind ${kind} is not known here`);
  }
  const batch: Batch = {
    kind: kind as BatchKind,
    term: readUint64(record, 16),
    prevTerm: readUint64(record, 24),
    firstIndex: readUint64(record, 32),
    count: record.readUInt32LE(40),
    bytes: record,
  };
  if (!Number.isSafeInteger(batch.firstIndex + batch.count) || !isExact(record, 16, 40) || !isFilled(record, batch)) {
    throw unknown(offset, 'it is intact, but its numbers and entries do not fit it');
  }
  const group = record.readUInt32LE(12);
  if (kind === resetKind) return { group, record: toReset(batch, offset) };
  return { group, record: kind === BatchKind.configuration ? withConfiguration(batch, offset) : batch };
}

function toReset({ term, prevTerm, firstIndex, count, bytes }: Batch, offset: number): LogReset {
  const base = { index: firstIndex - 1, term: prevTerm };
  if (count !== 0 || term !== 0 || !mayFollow(base)) {
    throw unknown(offset, 'it is intact, but no log can begin like this');
  }
  return { base, bytes };
}

/** May a log follow on this? There is no entry 0 and no term 0. */
export function mayFollow({ index, term }: LogPosition): boolean {
  return (
    Number.isSafeInteger(index + 1) && Number.isSafeInteger(term) && index >= 0 && term >= 0 && index > 0 === term > 0
  );
}

function withConfiguration(batch: Batch, offset: number): Batch {
  if (batch.count !== 1) throw unknown(offset, `a configuration is one entry, not ${batch.count}`);
  const payload = (batch.bytes as Buffer).subarray(recordHeaderBytes + entryHeaderBytes);
  return { ...batch, configuration: decodeConfiguration(payload) };
}

function unknown(offset: number, what: string): ReplicaError {
  return new ReplicaError('RECORD_UNKNOWN', `record at offset ${offset}: ${what}`);
}

/** Calls `visit` with every entry's payload, as views into the record. */
export function forEachEntry(batch: Batch, visit: (index: number, payload: Buffer) => void): void {
  const bytes = batch.bytes as Buffer;
  let offset = recordHeaderBytes;
  for (let i = 0; i < batch.count; i++) {
    const start = offset + entryHeaderBytes;
    const end = start + bytes.readUInt32LE(offset);
    visit(batch.firstIndex + i, bytes.subarray(start, end));
    offset = end;
  }
}

/** Reads lengths byte by byte: less than half of what `readUInt32LE` costs, and all that a follower receives passes here. */
function isFilled(record: Buffer, { count }: BatchHeader): boolean {
  const last = record.length - entryHeaderBytes;
  let end = recordHeaderBytes;
  for (let left = count; left > 0; left--) {
    if (end > last) return false;
    const high = record[end + 3]!;
    end += entryHeaderBytes + (record[end]! | (record[end + 1]! << 8) | (record[end + 2]! << 16)) + high * twoTo24;
  }
  return end === record.length;
}

/** Can a double hold every 64-bit integer from `start` up to `end`? */
export function isExact(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 8) {
    if (bytes.readUInt32LE(at + 4) > safeHighMax) return false;
  }
  return true;
}

function writeUint64(target: Buffer, value: number, offset: number): void {
  target.writeUInt32LE(value % twoTo32, offset);
  target.writeUInt32LE(Math.floor(value / twoTo32), offset + 4);
}

function readUint64(source: Buffer, offset: number): number {
  return source.readUInt32LE(offset) + source.readUInt32LE(offset + 4) * twoTo32;
}
