// How a file begins and ends.
//
//   "TsFile", u8 version, chunk groups, index, file metadata, i32 size of the file metadata, "TsFile"

import type { ByteReader } from '../bytes/byte-reader.ts';
import { TsFileError } from '../errors.ts';

export const magic: Buffer = Buffer.from('TsFile', 'latin1');
export const headBytes: number = magic.length + 1;
export const tailBytes: number = 4 + magic.length;

/** 3: Apache IoTDB 1.x. 4: 2.x. They differ in how devices are written and in the file metadata. */
export type TsFileVersion = 3 | 4;

/** @throws TsFileError TSFILE_NOT_ONE, TSFILE_UNSUPPORTED, TSFILE_TRUNCATED. */
export function readHead(source: ByteReader): TsFileVersion {
  if (!source.raw(magic.length).equals(magic)) {
    throw new TsFileError('TSFILE_NOT_ONE', 'the file does not begin as a TsFile does', { offset: 0 });
  }
  const version = source.u8();
  if (version === 3 || version === 4) return version;
  throw new TsFileError('TSFILE_UNSUPPORTED', `version ${version} of TsFile is not read here`, {
    offset: magic.length,
  });
}
