// Checksums keep chance out, but not a writer that is wrong: these set them right again behind damage, so that what
// lies beyond them is tried too.

import { crc32c } from '@balsa/wire';
import { blockHeaderBytes, checksumOfRecords, sectorBytes } from '../log/layout.ts';
import { recordHeaderBytes } from '../record.ts';

const checksumOffset = 4;
const checksumStart = 8;
/** In a block header. */
const recordsChecksumOffset = 60;

/** The records that lie one behind the other from `start` up to `end`; one whose length does not fit is made to. Returns them. */
export function resealRecords(bytes: Buffer, start: number, end: number = bytes.length): Buffer[] {
  const records: Buffer[] = [];
  for (let at = start; at + recordHeaderBytes <= end; ) {
    let length = bytes.readUInt32LE(at);
    if (length < recordHeaderBytes || at + length > end) {
      length = end - at;
      bytes.writeUInt32LE(length, at);
    }
    bytes.writeUInt32LE(crc32c(bytes.subarray(at + checksumStart, at + length)), at + checksumOffset);
    records.push(bytes.subarray(at, at + length));
    at += length;
  }
  return records;
}

/** The header of a segment, a block or a term and vote that starts at `at`. */
export function resealHeader(bytes: Buffer, at: number): void {
  if (at + blockHeaderBytes > bytes.length) return;
  bytes.writeUInt32LE(crc32c(bytes.subarray(at + checksumStart, at + blockHeaderBytes)), at + checksumOffset);
}

/** Every header in a segment file, and the records of its blocks. */
export function resealSegment(bytes: Buffer): void {
  for (let at = 0; at + sectorBytes <= bytes.length; at += sectorBytes) {
    const magic = bytes.toString('latin1', at, at + 4);
    if (magic !== 'BSEG' && magic !== 'BBLK') continue;
    if (magic === 'BBLK') {
      const recordsEnd = at + blockHeaderBytes + bytes.readUInt32LE(at + 12);
      const records = resealRecords(bytes, at + blockHeaderBytes, Math.min(recordsEnd, bytes.length));
      const items = records.map((record) => ({ record: { bytes: record } }));
      bytes.writeUInt32LE(checksumOfRecords(items), at + recordsChecksumOffset);
    }
    resealHeader(bytes, at);
  }
}
