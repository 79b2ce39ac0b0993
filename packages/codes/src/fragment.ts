// A fragment as it travels: a header, then its bytes.
//
//   offset  size  field (little endian)
//        0     4  CRC-32C of everything after this field, header and bytes
//        4     1  format version, 1
//        5     1  k, the number of data fragments
//        6     1  m, the number of parity fragments
//        7     1  number of this fragment, from 0 up to k + m - 1; those below k are data
//        8     4  length of the batch in bytes
//       12     4  CRC-32C of the batch
//       16        bytes: a k-th of the batch's length, rounded up
//
// So a fragment explains itself: who receives it knows how many are needed, what belongs together (what agrees in all but
// number and bytes), and, when enough are there, whether the batch is the one that was cut up. A fragment that was damaged
// on the way is found out by its own checksum and does not spoil the others.
//
// Which batch of which group it is, says the frame around it.

import { type CodeCounts, isCode } from './code-counts.ts';
import { crc32c } from './crc32c.ts';
import { CodesError } from './errors.ts';

export const fragmentHeaderBytes = 16;
const formatVersion = 1;
/** What the header can name. */
export const batchBytesMax = 0xffff_ffff;
const checksumBytes = 4;

export interface Fragment extends CodeCounts {
  /** Data fragments are 0 up to k - 1, parity fragments k up to k + m - 1. */
  readonly number: number;
  readonly batchBytes: number;
  /** CRC-32C of the batch. */
  readonly batchChecksum: number;
  /** `payloadBytes(batchBytes, dataCount)` of them. */
  readonly bytes: Uint8Array;
}

/** The length of each fragment of a batch. Where it is no multiple of k, the last fragments of data end in zeros. */
export function payloadBytes(batchBytes: number, dataCount: number): number {
  return Math.ceil(batchBytes / dataCount);
}

/** What travels, in two pieces so that nothing is copied: a header, and the fragment's own bytes. */
export function sealFragment(fragment: Fragment): readonly [header: Uint8Array, bytes: Uint8Array] {
  const header = new Uint8Array(fragmentHeaderBytes);
  const view = new DataView(header.buffer);
  view.setUint8(4, formatVersion);
  view.setUint8(5, fragment.dataCount);
  view.setUint8(6, fragment.parityCount);
  view.setUint8(7, fragment.number);
  view.setUint32(8, fragment.batchBytes, true);
  view.setUint32(12, fragment.batchChecksum, true);
  view.setUint32(0, crc32c(fragment.bytes, crc32c(header.subarray(checksumBytes))), true);
  return [header, fragment.bytes];
}

/**
 * Checks what has travelled and returns it as a fragment over the same memory (no copy). Its fields agree with each other and
 * its checksum with its content.
 * @throws CodesError FRAGMENT_DAMAGED; FRAGMENT_UNKNOWN for intact bytes that are laid out otherwise.
 */
export function openFragment(sealed: Uint8Array): Fragment {
  if (sealed.length < fragmentHeaderBytes) {
    throw new CodesError('FRAGMENT_DAMAGED', `a fragment of ${sealed.length} bytes has no whole header`);
  }
  const view = new DataView(sealed.buffer, sealed.byteOffset, fragmentHeaderBytes);
  if (view.getUint32(0, true) !== crc32c(sealed.subarray(checksumBytes))) {
    throw new CodesError('FRAGMENT_DAMAGED', 'the checksum of a fragment does not fit it');
  }
  const version = view.getUint8(4);
  if (version !== formatVersion) {
    throw new CodesError('FRAGMENT_UNKNOWN', `a fragment of version ${version} is not known here`);
  }
  const fragment: Fragment = {
    dataCount: view.getUint8(5),
    parityCount: view.getUint8(6),
    number: view.getUint8(7),
    batchBytes: view.getUint32(8, true),
    batchChecksum: view.getUint32(12, true),
    bytes: sealed.subarray(fragmentHeaderBytes),
  };
  const { dataCount, parityCount, number, batchBytes, bytes } = fragment;
  if (!isCode(fragment) || number >= dataCount + parityCount || bytes.length !== payloadBytes(batchBytes, dataCount)) {
    const what = `${number} of ${dataCount} + ${parityCount}, ${bytes.length} bytes of a batch of ${batchBytes}`;
    throw new CodesError('FRAGMENT_UNKNOWN', `a fragment is intact, but its numbers do not go together: ${what}`);
  }
  return fragment;
}
