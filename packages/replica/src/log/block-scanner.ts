// Reads a segment file from front to end through one reused buffer, so that recovery takes the same memory for a log
// of any size.

import type { GroupId } from '@balsa/raft';
import type { DiskFile } from '../disk/disk.ts';
import { ReplicaError } from '../errors.ts';
import { type LogRecord, openLogRecord, recordHeaderBytes } from '../record.ts';
import {
  type BlockHeader,
  blockBytes,
  blockHeaderBytes,
  checksumOfRecords,
  decodeAnyBlockHeader,
  decodeBlockHeader,
  isZero,
  sectorBytes,
} from './layout.ts';

const chunkBytes = 4 * 1024 * 1024;

export interface ScannedRecord {
  readonly group: GroupId;
  readonly record: LogRecord;
  /** In the file. */
  readonly offset: number;
}

export interface ScannedBlock {
  readonly header: BlockHeader;
  readonly records: readonly ScannedRecord[];
  readonly recordsEnd: number;
  readonly endOffset: number;
}

export class BlockScanner {
  #file: DiskFile | undefined;
  #sizeBytes = 0;
  #buffer: Buffer = Buffer.alloc(0);
  /** The file's bytes that the buffer holds. */
  #start = 0;
  #end = 0;

  /** Turns to another file. What was read of the one before is overwritten. */
  use(file: DiskFile, sizeBytes: number): void {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
    this.#start = 0;
    this.#end = 0;
  }

  /** The header that starts at `offset`, if an intact one does. */
  async headerAt(offset: number): Promise<BlockHeader | undefined> {
    if (offset + sectorBytes > this.#sizeBytes) return undefined;
    await this.#load(offset, sectorBytes);
    return decodeBlockHeader(this.#buffer, offset - this.#start, offset);
  }

  /** The block of `header`, which starts at `offset`; `undefined` if any bit of it is not as it was written. */
  async blockAt(offset: number, header: BlockHeader): Promise<ScannedBlock | undefined> {
    const length = blockBytes(header.recordsBytes);
    if (offset + length > this.#sizeBytes) return undefined;
    await this.#load(offset, length);
    const bytes = this.#buffer.subarray(offset - this.#start, offset - this.#start + length);
    const recordsEnd = blockHeaderBytes + header.recordsBytes;
    const records = parseRecords(bytes.subarray(0, recordsEnd), offset);
    if (records === undefined || checksumOfRecords(records) !== header.recordsChecksum) return undefined;
    if (!isZero(bytes, recordsEnd, length)) return undefined;
    return { header, records, recordsEnd: offset + recordsEnd, endOffset: offset + length };
  }

  /** The first intact block header at `offset` or behind it that `accept` takes, whether it belongs there or went astray. */
  async findHeader(offset: number, accept: (header: BlockHeader, at: number) => boolean): Promise<number | undefined> {
    for (let at = offset; at + sectorBytes <= this.#sizeBytes; at += sectorBytes) {
      // Waiting even for bytes that are already here would cost more than looking at them.
      if (at + sectorBytes > this.#end) await this.#load(at, sectorBytes);
      const header = decodeAnyBlockHeader(this.#buffer, at - this.#start);
      if (header !== undefined && accept(header, at)) return at;
    }
    return undefined;
  }

  async #load(offset: number, length: number): Promise<void> {
    if (offset >= this.#start && offset + length <= this.#end) return;
    const wantedBytes = Math.min(Math.max(length, chunkBytes), this.#sizeBytes - offset);
    if (wantedBytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(wantedBytes);
    const got = (await this.#file?.read(this.#buffer.subarray(0, wantedBytes), offset)) ?? 0;
    if (got < wantedBytes) throw new ReplicaError('LOG_FAILED', 'a segment file became shorter while it was read');
    this.#start = offset;
    this.#end = offset + got;
  }
}

/** The records of a block whose first byte lies at `blockOffset` in the file; `undefined` if one is damaged. */
function parseRecords(block: Buffer, blockOffset: number): ScannedRecord[] | undefined {
  const records: ScannedRecord[] = [];
  let at = blockHeaderBytes;
  while (at < block.length) {
    if (at + recordHeaderBytes > block.length) return undefined;
    try {
      const { group, record } = openLogRecord(block, at);
      records.push({ group, record, offset: blockOffset + at });
      at += record.bytes.length;
    } catch (error) {
      if (error instanceof ReplicaError && error.code === 'RECORD_DAMAGED') return undefined;
      throw error;
    }
  }
  return records;
}
