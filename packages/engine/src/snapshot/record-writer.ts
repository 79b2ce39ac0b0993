import { ByteWriter, crc32c } from '@balsa/wire';
import { chunkBytesMax, encodePrelude, endRecordType, recordLengthBytes, type SnapshotFormat } from './format.ts';

/** Most snapshots of small clusters and of tests are smaller than a chunk. */
const firstChunkBytes = 4096;

/** Writes a snapshot stream record by record, and hands it out in chunks. */
export class RecordWriter extends ByteWriter {
  #recordStart = 0;
  #checksum = 0;

  constructor(format: SnapshotFormat) {
    super(firstChunkBytes);
    this.raw(encodePrelude(format));
  }

  /** Begins a record. Its fields follow, then `end`. */
  begin(type: number): void {
    this.#recordStart = this.length;
    this.u32(0);
    this.u8(type);
  }

  end(): void {
    const length = this.length - this.#recordStart - recordLengthBytes;
    this.bytes.writeUInt32LE(length, this.#recordStart);
  }

  /** A limit that is given in bytes or the like, and may be infinite. */
  limit(value: number): void {
    this.u64(Math.min(value, Number.MAX_SAFE_INTEGER));
  }

  /** Writes the last record of all. */
  finish(): void {
    const checksum = crc32c(this.written(), this.#checksum);
    this.begin(endRecordType);
    this.u32(checksum);
    this.end();
  }

  /** What was written since the last call: whole records, in memory that is the caller's from now on. */
  take(): Uint8Array {
    const chunk = this.written();
    this.#checksum = crc32c(chunk, this.#checksum);
    this.bytes = Buffer.allocUnsafeSlow(chunkBytesMax);
    this.length = 0;
    return chunk;
  }
}
