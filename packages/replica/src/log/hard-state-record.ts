// One copy of one group's term and vote: a sector of the hard state file.
//
//   offset  size  field (little endian)
//        0     4  magic "BVOT"
//        4     4  CRC-32C of bytes 8 to 63
//        8     4  format version, 1
//       12     4  group
//       16     8  sequence: one more with every write; saves that come together are one write
//       24     8  term
//       32     8  voted for: a node id, 0 for nobody
//       40     8  number of the open incident, 0 for none
//       48    16  zero; the rest of the sector too

import type { GroupId, HardState } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { isExact } from '../record.ts';
import { isZero, sectorBytes } from './layout.ts';

const magic = 0x544f5642;
const formatVersion = 1;
const checksumStart = 8;
const recordBytes = 64;

export interface HardStateRecord {
  readonly group: GroupId;
  readonly sequence: number;
  readonly hardState: HardState;
}

export function encodeHardState({ group, sequence, hardState }: HardStateRecord): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  sector.writeUInt32LE(magic, 0);
  sector.writeUInt32LE(formatVersion, 8);
  sector.writeUInt32LE(group, 12);
  sector.writeBigUInt64LE(BigInt(sequence), 16);
  sector.writeBigUInt64LE(BigInt(hardState.term), 24);
  sector.writeBigUInt64LE(BigInt(hardState.votedFor ?? 0), 32);
  sector.writeBigUInt64LE(BigInt(hardState.incident), 40);
  sector.writeUInt32LE(crc32c(sector.subarray(checksumStart, recordBytes)), 4);
  return sector;
}

/** `undefined` if the sector is not, bit for bit, a record. */
export function decodeHardState(sector: Buffer): HardStateRecord | undefined {
  const isIntact =
    sector.readUInt32LE(0) === magic &&
    sector.readUInt32LE(8) === formatVersion &&
    sector.readUInt32LE(4) === crc32c(sector.subarray(checksumStart, recordBytes)) &&
    isExact(sector, 16, 48) &&
    isZero(sector, recordBytes, sectorBytes);
  if (!isIntact) return undefined;
  const votedFor = Number(sector.readBigUInt64LE(32));
  return {
    group: sector.readUInt32LE(12),
    sequence: Number(sector.readBigUInt64LE(16)),
    hardState: {
      term: Number(sector.readBigUInt64LE(24)),
      votedFor: votedFor === 0 ? undefined : votedFor,
      incident: Number(sector.readBigUInt64LE(40)),
    },
  };
}

/** Same group, sequence and content. */
export function isSameHardState(a: HardStateRecord, b: HardStateRecord): boolean {
  return (
    a.group === b.group &&
    a.sequence === b.sequence &&
    a.hardState.term === b.hardState.term &&
    a.hardState.votedFor === b.hardState.votedFor &&
    a.hardState.incident === b.hardState.incident
  );
}
