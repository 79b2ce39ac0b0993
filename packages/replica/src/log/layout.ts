// What a segment file looks like. All integers are little endian; everything starts on a multiple of 4096 bytes, the
// unit in which disks write and tear.
//
//   sector 0   segment header, written when the file is prepared, long before the first block:
//     offset  size  field
//          0     4  magic "BSEG"
//          4     4  CRC-32C of bytes 8 to 63
//          8     4  format version, 3
//         12     4  zero
//         16     8  log id: random, the same in every file of one log
//         24     8  segment id: 1, 2, 3 ...; a recycled file gets the next free id
//         32     8  planned length of the file. It is reached before the next segment is prepared, so a shorter file that
//                   has a successor was cut.
//         40    24  zero
//   sector 1   blocks, one behind the other, one per flush:
//          0     4  magic "BBLK"
//          4     4  CRC-32C of bytes 8 to 63
//          8     4  where the block lies: its sector in the file. A write that went astray is intact, but elsewhere.
//         12     4  length of the records in bytes
//         16     8  log id. Clients never see it, so no payload can pose as a block.
//         24     8  segment id
//         32     8  block sequence: over the whole log, one more than the block before
//         40     8  durable through: all blocks up to this sequence were durable before this one was written
//         48     8  first segment: the oldest one that was still needed
//         56     4  incarnation: one more with every opening of the log
//         60     4  CRC-32C of the checksums of the records, one behind the other. A file is used again, so behind a header
//                   of which the rest was never written there may be other records, each intact, of the same length.
//         64        the records (see ../record.ts), each with its own checksum; zeros up to the next sector
//
// Bytes behind the last block are zeros or, in a recycled file, blocks of an earlier segment id.

import { crc32c } from '@balsa/wire';
import { ReplicaError } from '../errors.ts';
import { isExact } from '../record.ts';

export const sectorBytes = 4096;
export const blockHeaderBytes = 64;
const segmentMagic = 0x47455342;
const blockMagic = 0x4b4c4242;
const formatVersion = 3;
const checksumStart = 8;
const zeroSector = Buffer.alloc(sectorBytes);

export interface SegmentHeader {
  readonly logId: bigint;
  readonly segmentId: number;
  readonly plannedBytes: number;
}

export interface BlockHeader {
  /** In the file, in bytes. */
  readonly offset: number;
  readonly logId: bigint;
  readonly segmentId: number;
  readonly sequence: number;
  readonly durableThrough: number;
  readonly firstSegment: number;
  readonly incarnation: number;
  readonly recordsBytes: number;
  readonly recordsChecksum: number;
}

/** As the writer knows it, before the records are put together. */
export type UnsealedBlockHeader = Omit<BlockHeader, 'recordsChecksum'>;

/** Bytes that a block with this many bytes of records takes in the file. */
export function blockBytes(recordsBytes: number): number {
  return alignToSector(blockHeaderBytes + recordsBytes);
}

export function alignToSector(bytes: number): number {
  return Math.ceil(bytes / sectorBytes) * sectorBytes;
}

/** The whole of sector 0. */
export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  sector.writeUInt32LE(segmentMagic, 0);
  sector.writeUInt32LE(formatVersion, 8);
  sector.writeBigUInt64LE(header.logId, 16);
  sector.writeBigUInt64LE(BigInt(header.segmentId), 24);
  sector.writeBigUInt64LE(BigInt(header.plannedBytes), 32);
  sector.writeUInt32LE(headerChecksum(sector, 0), 4);
  return sector;
}

/** `undefined` if sector 0 is not the header of a segment. Throws RECORD_UNKNOWN if a newer Balsa wrote it. */
export function decodeSegmentHeader(sector: Buffer): SegmentHeader | undefined {
  if (!isIntactHeader(sector, 0, segmentMagic, 24, 40) || !isZero(sector, blockHeaderBytes, sector.length))
    return undefined;
  const version = sector.readUInt32LE(8);
  if (version !== formatVersion) {
    throw new ReplicaError('RECORD_UNKNOWN', `the log has format version ${version}; start the version that wrote it`);
  }
  return {
    logId: sector.readBigUInt64LE(16),
    segmentId: Number(sector.readBigUInt64LE(24)),
    plannedBytes: Number(sector.readBigUInt64LE(32)),
  };
}

export function encodeBlockHeader(target: Buffer, header: BlockHeader): void {
  target.writeUInt32LE(blockMagic, 0);
  target.writeUInt32LE(header.offset / sectorBytes, 8);
  target.writeUInt32LE(header.recordsBytes, 12);
  target.writeBigUInt64LE(header.logId, 16);
  target.writeBigUInt64LE(BigInt(header.segmentId), 24);
  target.writeBigUInt64LE(BigInt(header.sequence), 32);
  target.writeBigUInt64LE(BigInt(header.durableThrough), 40);
  target.writeBigUInt64LE(BigInt(header.firstSegment), 48);
  target.writeUInt32LE(header.incarnation, 56);
  target.writeUInt32LE(header.recordsChecksum, 60);
  target.writeUInt32LE(headerChecksum(target, 0), 4);
}

/** `undefined` unless an intact block header starts at `at` in `bytes` that belongs to `offset` in the file. */
export function decodeBlockHeader(bytes: Buffer, at: number, offset: number): BlockHeader | undefined {
  const header = decodeAnyBlockHeader(bytes, at);
  return header?.offset === offset ? header : undefined;
}

/** As `decodeBlockHeader`, but it may have gone astray: it belongs to its `offset`, wherever it was found. */
export function decodeAnyBlockHeader(bytes: Buffer, at: number): BlockHeader | undefined {
  if (!isIntactHeader(bytes, at, blockMagic, 24, 56)) return undefined;
  return {
    offset: bytes.readUInt32LE(at + 8) * sectorBytes,
    recordsBytes: bytes.readUInt32LE(at + 12),
    logId: bytes.readBigUInt64LE(at + 16),
    segmentId: Number(bytes.readBigUInt64LE(at + 24)),
    sequence: Number(bytes.readBigUInt64LE(at + 32)),
    durableThrough: Number(bytes.readBigUInt64LE(at + 40)),
    firstSegment: Number(bytes.readBigUInt64LE(at + 48)),
    incarnation: bytes.readUInt32LE(at + 56),
    recordsChecksum: bytes.readUInt32LE(at + 60),
  };
}

/** Tells the records of a block from any others in their place. */
export function checksumOfRecords(items: readonly { readonly record: { readonly bytes: Uint8Array } }[]): number {
  const checksums = Buffer.allocUnsafe(4 * items.length);
  let at = 0;
  for (const { record } of items) {
    for (let i = 4; i < 8; i++) checksums[at++] = record.bytes[i]!;
  }
  return crc32c(checksums);
}

export function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += sectorBytes) {
    const length = Math.min(sectorBytes, end - at);
    if (zeroSector.compare(bytes, at, at + length, 0, length) !== 0) return false;
  }
  return true;
}

/** `numbersStart` and `numbersEnd` enclose the 64-bit integers that become numbers. */
function isIntactHeader(
  bytes: Buffer,
  offset: number,
  magic: number,
  numbersStart: number,
  numbersEnd: number,
): boolean {
  return (
    offset + blockHeaderBytes <= bytes.length &&
    bytes.readUInt32LE(offset) === magic &&
    bytes.readUInt32LE(offset + 4) === headerChecksum(bytes, offset) &&
    isExact(bytes, offset + numbersStart, offset + numbersEnd)
  );
}

function headerChecksum(bytes: Buffer, offset: number): number {
  return crc32c(bytes.subarray(offset + checksumStart, offset + blockHeaderBytes));
}
