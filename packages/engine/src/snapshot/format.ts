// A snapshot of a state machine, as a stream of bytes. Where the stream is cut into chunks means nothing.
//
//   offset  size  field (little endian)
//        0     4  "BSNP"
//        4     1  version of this framing, 1
//        5     1  which state machine: 1 counter, 2 schema registry, 3 series store
//        6     1  version of its records
//        7     1  zero
//        8        records: u32 length of what follows | u8 type | body
//                 the last one has type 0, and as its body the CRC-32C of everything before it
//
// What the types of a machine's own records mean stands where they are written: counter.ts, schema/schema-snapshot.ts,
// store-snapshot.ts. Files and connections on the way have checksums of their own; this one reaches from the state of one
// machine to that of the other.

import { textValueBytesMax } from '@balsa/wire';
import { SnapshotError } from '../errors.ts';

/** Which state machine a snapshot is of, and how its records are laid out. */
export interface SnapshotFormat {
  readonly machine: number;
  readonly version: number;
}

export const preludeBytes = 8;
export const recordLengthBytes = 4;
export const endRecordType = 0;

/** Chunks are no longer than this, but for one that holds a longer text. */
export const chunkBytesMax: number = 256 * 1024;
/** What one record takes at most, a single long text apart. */
export const recordBytesTarget: number = 64 * 1024;
/** Longer records are refused before memory is taken for them. */
export const recordBytesMax: number = textValueBytesMax + recordBytesTarget;

const magic = Buffer.from('BSNP');
const framingVersion = 1;

export function encodePrelude({ machine, version }: SnapshotFormat): Buffer {
  return Buffer.from([...magic, framingVersion, machine, version, 0]);
}

/** @throws SnapshotError SNAPSHOT_MALFORMED; SNAPSHOT_UNKNOWN: it is of another machine, or of another version. */
export function checkPrelude(prelude: Buffer, { machine, version }: SnapshotFormat): void {
  if (!prelude.subarray(0, magic.length).equals(magic)) {
    throw new SnapshotError('SNAPSHOT_MALFORMED', 'the stream does not begin as a snapshot does');
  }
  if (prelude[4] !== framingVersion || prelude[5] !== machine || prelude[6] !== version || prelude[7] !== 0) {
    const found = [...prelude.subarray(4)].join('.');
    throw new SnapshotError(
      'SNAPSHOT_UNKNOWN',
      `the snapshot is laid out as ${found}, and only ${framingVersion}.${machine}.${version}.0 is known here`,
    );
  }
}
