// Goes through the bytes of a snapshot's file from front to end, piece by piece: the header, chunk after chunk, the end.

import { crc32c } from '@balsa/wire';
import { DamagedFileError } from '../errors.ts';
import {
  chunkHeaderBytes,
  contentBytesMax,
  decodeHeader,
  endBytes,
  headerBytesMax,
  headerFixedBytes,
  headerLength,
  type SnapshotHeader,
} from './layout.ts';

/** No piece is longer. */
export const pieceBytesMax: number = Math.max(headerBytesMax, chunkHeaderBytes + contentBytesMax);

export class PieceChecker {
  readonly #path: string;
  #offset = 0;
  #header: SnapshotHeader | undefined;
  #isComplete = false;
  #checksum = 0;
  #contentBytes = 0;
  #chunks = 0;

  /** `path`: of the file, for messages. */
  constructor(path: string) {
    this.#path = path;
  }

  /** In the file, of the next piece. */
  get offset(): number {
    return this.#offset;
  }

  /** Once it was taken. */
  get header(): SnapshotHeader | undefined {
    return this.#header;
  }

  /** The end was taken: nothing may follow. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * How many bytes the next piece needs, as far as those of its beginning that are here tell. If they are that many, it is
   * all of it. @throws ReplicaError SNAPSHOT_DAMAGED: they are no beginning of a piece.
   */
  neededBytes(beginning: Buffer): number {
    if (this.#header === undefined) {
      if (beginning.length < headerFixedBytes) return headerFixedBytes;
      const length = headerLength(beginning);
      if (length === undefined) throw this.damaged('it does not begin like a snapshot');
      return length;
    }
    if (beginning.length < chunkHeaderBytes) return chunkHeaderBytes;
    const contentBytes = beginning.readUInt32LE(4);
    if (contentBytes > contentBytesMax) throw this.damaged('the length of a chunk is damaged');
    return contentBytes === 0 ? endBytes : chunkHeaderBytes + contentBytes;
  }

  /**
   * Checks the next piece, which must be all here, and goes on behind it. Returns the content in it.
   * @throws ReplicaError SNAPSHOT_DAMAGED, and is where it was; RECORD_UNKNOWN: a newer version wrote it.
   */
  take(piece: Buffer): Buffer {
    if (this.#header === undefined) {
      this.#header = decodeHeader(piece);
      if (this.#header === undefined) throw this.damaged('the header is damaged');
      this.#checksum = piece.readUInt32LE(4);
      this.#offset = piece.length;
      return piece.subarray(piece.length);
    }
    const checksum = crc32c(piece.subarray(4), this.#checksum);
    if (piece.readUInt32LE(0) !== checksum) throw this.damaged('checksum mismatch');
    const contentBytes = piece.readUInt32LE(4);
    if (contentBytes === 0) this.#takeEnd(piece);
    this.#checksum = checksum;
    this.#offset += piece.length;
    this.#contentBytes += contentBytes;
    this.#chunks += contentBytes === 0 ? 0 : 1;
    return piece.subarray(chunkHeaderBytes, chunkHeaderBytes + contentBytes);
  }

  damaged(what: string): DamagedFileError {
    const place = { path: this.#path, offset: this.#offset, what };
    const message = `snapshot damaged at ${this.#path}, offset ${this.#offset}: ${what}`;
    return new DamagedFileError('SNAPSHOT_DAMAGED', message, place);
  }

  #takeEnd(piece: Buffer): void {
    const isRight =
      piece.readBigUInt64LE(8) === BigInt(this.#contentBytes) && piece.readBigUInt64LE(16) === BigInt(this.#chunks);
    if (!isRight) throw this.damaged('its end counts otherwise');
    this.#isComplete = true;
  }
}
