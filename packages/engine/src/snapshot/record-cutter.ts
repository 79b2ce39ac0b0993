// Cuts a stream into the records that its writer put there, however the stream is cut itself. Records that lie in one
// chunk are read where they lie; only what lies across a cut is copied.

import { ByteReader, ByteWriter, crc32c } from '@balsa/wire';
import { SnapshotError } from '../errors.ts';
import {
  checkPrelude,
  endRecordType,
  preludeBytes,
  recordBytesMax,
  recordLengthBytes,
  type SnapshotFormat,
} from './format.ts';

const partCapacityBytes = 4096;
const checksumAt = recordLengthBytes + 1;
const endRecordBytes = checksumAt + 4;

export class RecordCutter {
  readonly #format: SnapshotFormat;
  /** The beginning of a piece (the prelude or a record) whose rest has not come yet. */
  readonly #part = new ByteWriter(partCapacityBytes);
  #checksum = 0;
  #begun = false;
  #ended = false;

  constructor(format: SnapshotFormat) {
    this.#format = format;
  }

  /**
   * The records that end in this chunk, from their type on; each is valid until the next is asked for.
   * @throws SnapshotError SNAPSHOT_MALFORMED, SNAPSHOT_UNKNOWN.
   */
  *records(chunk: Buffer): Generator<ByteReader, void, undefined> {
    let at = 0;
    /** What lies between here and `at` has yet to go into the checksum: one call for many small records. */
    let unsummed = 0;
    while (at < chunk.length) {
      if (this.#ended) throw new SnapshotError('SNAPSHOT_MALFORMED', 'bytes are left over behind the last record');
      let piece: Buffer;
      if (this.#part.length === 0 && at + this.#pieceBytes(chunk, at) <= chunk.length) {
        piece = chunk.subarray(at, at + this.#pieceBytes(chunk, at));
        if (this.#isEnd(piece)) this.#sum(chunk, unsummed, at);
        at += piece.length;
      } else {
        this.#sum(chunk, unsummed, at);
        at = this.#collect(chunk, at);
        unsummed = at;
        piece = this.#part.written();
        if (piece.length < this.#pieceBytes(piece, 0)) continue;
        this.#part.length = 0;
        if (!this.#isEnd(piece)) this.#sum(piece, 0, piece.length);
      }
      if (!this.#begun) {
        checkPrelude(piece, this.#format);
        this.#begun = true;
      } else if (this.#isEnd(piece)) {
        this.#end(piece);
      } else {
        yield new ByteReader(piece, recordLengthBytes);
      }
    }
    if (!this.#ended) this.#sum(chunk, unsummed, at);
  }

  /** @throws SnapshotError SNAPSHOT_MALFORMED: the stream was cut short. */
  finish(): void {
    if (!this.#ended) throw new SnapshotError('SNAPSHOT_MALFORMED', 'the stream ends before the snapshot does');
  }

  /** Of the piece that begins at `at`: as many as are known to be needed, before its length is there. */
  #pieceBytes(bytes: Buffer, at: number): number {
    if (!this.#begun) return preludeBytes;
    if (at + recordLengthBytes > bytes.length) return recordLengthBytes;
    const length = bytes.readUInt32LE(at);
    if (length === 0 || length > recordBytesMax) {
      throw new SnapshotError('SNAPSHOT_MALFORMED', `a record claims ${length} bytes`);
    }
    return recordLengthBytes + length;
  }

  /** Adds to the part that there is, up to the end of what is known of its piece. Returns up to where. */
  #collect(chunk: Buffer, at: number): number {
    const missing = this.#pieceBytes(this.#part.written(), 0) - this.#part.length;
    const end = Math.min(chunk.length, at + missing);
    this.#part.raw(chunk.subarray(at, end));
    return end;
  }

  #sum(bytes: Buffer, start: number, end: number): void {
    if (start < end) this.#checksum = crc32c(bytes.subarray(start, end), this.#checksum);
  }

  #end(piece: Buffer): void {
    if (piece.length !== endRecordBytes || piece.readUInt32LE(checksumAt) !== this.#checksum) {
      throw new SnapshotError('SNAPSHOT_MALFORMED', 'checksum mismatch');
    }
    this.#ended = true;
  }

  #isEnd(piece: Buffer): boolean {
    return this.#begun && piece[recordLengthBytes] === endRecordType;
  }
}
