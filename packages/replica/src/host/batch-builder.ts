// Proposals gather here, already in the bytes of the record that they will become: room for the header first, then each
// entry's length and payload. When term and index are known the header is filled in; nothing is serialised again.

import type { BatchHeader, Configuration, GroupId } from '@balsa/raft';
import { encodeConfiguration } from '../configuration-bytes.ts';
import { entryHeaderBytes, recordHeaderBytes, sealRecord } from '../record.ts';

/** Records are carved from slabs: memory that has been touched before is much cheaper than fresh pages. */
const recordsPerSlab = 4;
/** Of the first slab: a group that is hardly used takes little. Each one after it is twice as large, up to `recordsPerSlab`. */
const firstSlabBytes = 64 * 1024;

/** A record that lacks only its header. */
export interface UnsealedRecord {
  readonly record: Buffer;
  readonly count: number;
}

export class BatchBuilder {
  readonly #slabBytesMax: number;
  #nextSlabBytes: number;
  #slab: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #count = 0;

  /** `recordBytes`: how large most records are at most; a larger one gets a slab of its own. */
  constructor(recordBytes: number) {
    this.#slabBytesMax = recordsPerSlab * recordBytes;
    this.#nextSlabBytes = Math.min(firstSlabBytes, this.#slabBytesMax);
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of the record so far; 0 if nothing was added. */
  get bytes(): number {
    return this.#end - this.#start;
  }

  /** Copies the payload in. */
  add(payload: Uint8Array): void {
    const needed = entryHeaderBytes + payload.length + (this.#count === 0 ? recordHeaderBytes : 0);
    if (this.#end + needed > this.#slab.length) this.#moveToNewSlab(needed);
    if (this.#count === 0) this.#end = this.#start + recordHeaderBytes;
    this.#slab.writeUInt32LE(payload.length, this.#end);
    this.#slab.set(payload, this.#end + entryHeaderBytes);
    this.#end += entryHeaderBytes + payload.length;
    this.#count++;
  }

  /** Takes the record out, its header still to be sealed, and begins the next. */
  take(): UnsealedRecord {
    const taken = { record: this.#slab.subarray(this.#start, this.#end), count: this.#count };
    // The next record starts on a word boundary.
    this.#start = Math.min((this.#end + 7) & ~7, this.#slab.length);
    this.#end = this.#start;
    this.#count = 0;
    return taken;
  }

  #moveToNewSlab(needed: number): void {
    const soFar = this.#slab.subarray(this.#start, this.#end);
    const slab = Buffer.allocUnsafeSlow(Math.max(this.#nextSlabBytes, soFar.length + needed));
    this.#nextSlabBytes = Math.min(2 * this.#nextSlabBytes, this.#slabBytesMax);
    soFar.copy(slab);
    this.#slab = slab;
    this.#start = 0;
    this.#end = soFar.length;
  }
}

/** A new leader's empty entry. */
export function sealNoopRecord(group: GroupId, header: BatchHeader): Buffer {
  const record = Buffer.alloc(recordHeaderBytes + entryHeaderBytes);
  sealRecord(record, group, header);
  return record;
}

/** The entry with which a leader changes who belongs to the group. Throws a RangeError for what is no configuration. */
export function sealConfigurationRecord(group: GroupId, header: BatchHeader, configuration: Configuration): Buffer {
  const payload = encodeConfiguration(configuration);
  const record = Buffer.alloc(recordHeaderBytes + entryHeaderBytes + payload.length);
  record.writeUInt32LE(payload.length, recordHeaderBytes);
  payload.copy(record, recordHeaderBytes + entryHeaderBytes);
  sealRecord(record, group, header);
  return record;
}
