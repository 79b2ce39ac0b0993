// What reading a file may cost. A file says how large its parts are; these are compared before memory is taken.

import { argumentError } from './errors.ts';

export interface TsFileLimits {
  /** Of the metadata at the end of the file, which is held as long as the reader is open. */
  readonly metadataBytesMax: number;
  /** Of one read from the index: a node, or the metadata of up to 256 series. */
  readonly indexBytesMax: number;
  /** Of one chunk, as it lies in the file. */
  readonly chunkBytesMax: number;
  /** Of one page, uncompressed. */
  readonly pageBytesMax: number;
  /** Rows of one page. A few bytes can announce very many. */
  readonly pageRowsMax: number;
  /** Rows of the times that aligned series share, which are held while those are read from front to back. */
  readonly chunkRowsMax: number;
  /** Texts of one page, decoded: a dictionary of long texts can be referred to very often. */
  readonly pageTextBytesMax: number;
  /** Of one name: of a measurement, a table, or a segment of a device. */
  readonly nameBytesMax: number;
}

export const defaultLimits: TsFileLimits = {
  metadataBytesMax: 64 * 1024 * 1024,
  indexBytesMax: 64 * 1024 * 1024,
  chunkBytesMax: 256 * 1024 * 1024,
  pageBytesMax: 64 * 1024 * 1024,
  pageRowsMax: 1 << 22,
  chunkRowsMax: 1 << 24,
  pageTextBytesMax: 256 * 1024 * 1024,
  nameBytesMax: 64 * 1024,
};

/** @throws TsFileError TSFILE_ARGUMENT if a limit is not a positive integer. */
export function limitsWith(changes: Partial<TsFileLimits> = {}): TsFileLimits {
  const limits = { ...defaultLimits, ...changes };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) throw argumentError(`${name} must be a positive integer`);
  }
  return limits;
}
