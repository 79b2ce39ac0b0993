// CRC-32C (Castagnoli, RFC 3720), native.

import { crc32c as nativeCrc32c } from '@node-rs/crc32';

/** `initial`: the checksum of what stands before `bytes`. */
export function crc32c(bytes: Uint8Array, initial = 0): number {
  return nativeCrc32c(bytes as Buffer, initial) >>> 0;
}
