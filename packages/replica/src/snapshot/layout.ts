// What the file of a snapshot looks like, on the disk and on its way to another node. All integers are little endian.
//
//   the header:
//     offset  size  field
//          0     4  magic "BSNP"
//          4     4  CRC-32C of bytes 8 to the end of the header
//          8     4  format version, 1
//         12     4  group
//         16     8  id: drawn when the snapshot was made
//         24     8  index of the last entry that is in it
//         32     8  term of that entry
//         40     4  length of the configuration in bytes
//         44     4  zero
//         48        the configuration in force at the index (see ../configuration-bytes.ts)
//   chunks of its content, one behind the other:
//          0     4  CRC-32C of the rest of the chunk
//          4     4  length of the content, from 1 to 256 KiB
//          8        the content
//   the end:
//          0     4  CRC-32C of the rest
//          4     4  zero
//          8     8  length of all content
//         16     8  number of chunks
//
// Each checksum goes on from the one before it: a piece that is intact but of another snapshot, or in another place, is
// found out like one that is damaged. Without an end, bytes are missing.

import type { GroupId, SnapshotPosition } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { configurationBytesMax, decodeConfiguration, encodeConfiguration } from '../configuration-bytes.ts';
import { ReplicaError } from '../errors.ts';
import { isExact } from '../record.ts';

export const headerFixedBytes = 48;
export const headerBytesMax: number = headerFixedBytes + configurationBytesMax;
export const chunkHeaderBytes = 8;
export const contentBytesMax: number = 256 * 1024;
export const endBytes = 24;
const magic = 0x504e5342;
const formatVersion = 1;
const checksumStart = 8;

export interface SnapshotHeader extends SnapshotPosition {
  readonly group: GroupId;
  readonly id: number;
}

export interface SnapshotEnd {
  readonly contentBytes: number;
  readonly chunks: number;
}

/** Throws a RangeError for a position without an entry, or of what is no configuration. */
export function encodeHeader({ group, id, index, term, configuration }: SnapshotHeader): Buffer {
  if (![id, index, term].every(isPositive)) throw new RangeError(`no snapshot is of entry ${index} of term ${term}`);
  const encoded = encodeConfiguration(configuration);
  const bytes = Buffer.alloc(headerFixedBytes + encoded.length);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeUInt32LE(group, 12);
  bytes.writeBigUInt64LE(BigInt(id), 16);
  bytes.writeBigUInt64LE(BigInt(index), 24);
  bytes.writeBigUInt64LE(BigInt(term), 32);
  bytes.writeUInt32LE(encoded.length, 40);
  encoded.copy(bytes, headerFixedBytes);
  bytes.writeUInt32LE(crc32c(bytes.subarray(checksumStart)), 4);
  return bytes;
}

/** The length of the header that begins so, with its fixed part; `undefined` if none does. */
export function headerLength(bytes: Buffer): number | undefined {
  const length = headerFixedBytes + bytes.readUInt32LE(40);
  return bytes.readUInt32LE(0) === magic && length <= headerBytesMax ? length : undefined;
}

/**
 * `undefined` if the bytes are not the whole of an intact header.
 * @throws ReplicaError RECORD_UNKNOWN: it is intact, but a newer version wrote it.
 */
export function decodeHeader(bytes: Buffer): SnapshotHeader | undefined {
  if (bytes.readUInt32LE(4) !== crc32c(bytes.subarray(checksumStart))) return undefined;
  const version = bytes.readUInt32LE(8);
  if (version !== formatVersion) {
    throw new ReplicaError(
      'RECORD_UNKNOWN',
      `a snapshot has format version ${version}; start the version that wrote it`,
    );
  }
  const [id, index, term] = [16, 24, 32].map((offset) => Number(bytes.readBigUInt64LE(offset)));
  if (!isExact(bytes, 16, 40) || !isPositive(id!) || !isPositive(index!) || !isPositive(term!)) return undefined;
  if (bytes.readUInt32LE(44) !== 0) return undefined;
  const configuration = decodeConfiguration(bytes.subarray(headerFixedBytes));
  return { group: bytes.readUInt32LE(12), id: id!, index: index!, term: term!, configuration };
}

/** Fills in what stands before the content of a chunk. Returns the checksum with which the next one begins. */
export function sealChunk(chunk: Buffer, checksumBefore: number): number {
  chunk.writeUInt32LE(chunk.length - chunkHeaderBytes, 4);
  return seal(chunk, checksumBefore);
}

export function encodeEnd({ contentBytes, chunks }: SnapshotEnd, checksumBefore: number): Buffer {
  const bytes = Buffer.alloc(endBytes);
  bytes.writeBigUInt64LE(BigInt(contentBytes), 8);
  bytes.writeBigUInt64LE(BigInt(chunks), 16);
  seal(bytes, checksumBefore);
  return bytes;
}

function seal(piece: Buffer, checksumBefore: number): number {
  const checksum = crc32c(piece.subarray(4), checksumBefore);
  piece.writeUInt32LE(checksum, 0);
  return checksum;
}

function isPositive(number: number): boolean {
  return Number.isSafeInteger(number) && number > 0;
}
