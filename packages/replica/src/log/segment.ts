import type { DiskFile } from '../disk/disk.ts';
import type { GroupLog } from './group-log.ts';

/** One open segment file and what the log knows about it. */
export class Segment {
  readonly id: number;
  readonly path: string;
  readonly file: DiskFile;
  /** Bytes from the start of the file that have been written before, so that writing them again is cheap, or are being written. */
  readyBytes: number;
  /** Size of the file. Behind `readyBytes` nothing was ever written. */
  fileBytes: number;
  /** Where the pre-writing of this file is to end. */
  targetBytes: number;
  /** End of the last block written. */
  writtenBytes: number;
  /** Those with records in this segment, but for those found to need none of them. */
  readonly groups: Set<GroupLog> = new Set();
  /** Reads under way; the file must not be recycled meanwhile. */
  readers = 0;

  constructor(
    id: number,
    path: string,
    file: DiskFile,
    sizes: { readyBytes: number; targetBytes: number; writtenBytes: number },
  ) {
    this.id = id;
    this.path = path;
    this.file = file;
    this.readyBytes = sizes.readyBytes;
    this.fileBytes = sizes.readyBytes;
    this.targetBytes = sizes.targetBytes;
    this.writtenBytes = sizes.writtenBytes;
  }
}
