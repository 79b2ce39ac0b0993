// The segment files as they lie in the folder: which of them are the log, in order, and whether one is missing or cut.

import type { Disk, DiskFile } from '../disk/disk.ts';
import { DamagedFileError } from '../errors.ts';
import { type BlockHeader, decodeBlockHeader, decodeSegmentHeader, type SegmentHeader, sectorBytes } from './layout.ts';

export interface SegmentFile {
  readonly path: string;
  readonly file: DiskFile;
  readonly sizeBytes: number;
  readonly header: SegmentHeader;
  /** The block behind the segment header. */
  readonly firstBlock: BlockHeader | undefined;
}

interface AnyFile extends Omit<SegmentFile, 'header'> {
  readonly header: SegmentHeader | undefined;
}

export interface SegmentFiles {
  /** Ids without a gap, ascending. */
  readonly chain: readonly SegmentFile[];
  /** Beyond the damage, if there is any. */
  readonly doomed: readonly AnyFile[];
  /** Files whose preparing was cut short, so that they hold nothing of the log. */
  readonly free: readonly AnyFile[];
  readonly nextFileNumber: number;
  readonly damage: DamagedFileError | undefined;
}

/** Opens all segment files and adds them to `opened` at once, so that the caller can close them after an error. */
export async function openSegmentFiles(
  disk: Disk,
  folder: string,
  durableWrites: boolean,
  opened: DiskFile[],
): Promise<SegmentFiles> {
  const files: AnyFile[] = [];
  let nextFileNumber = 1;
  for (const name of await disk.list(folder)) {
    const number = segmentFileNumber(name);
    if (number === undefined) continue;
    nextFileNumber = Math.max(nextFileNumber, number + 1);
    const path = `${folder}/${name}`;
    const file = await disk.open(path, { durableWrites });
    opened.push(file);
    files.push({ path, file, sizeBytes: await file.sizeBytes(), ...(await readHead(file)) });
  }
  return { ...classify(files), nextFileNumber };
}

function classify(files: readonly AnyFile[]): Omit<SegmentFiles, 'nextFileNumber'> {
  const segments = files.filter((file): file is SegmentFile => file.header !== undefined);
  segments.sort((a, b) => a.header.segmentId - b.header.segmentId);
  const oldestId = segments[0]?.header.segmentId ?? 0;
  // A file without header, but with a block that is not older than the log, lost its header.
  const beheaded = files.filter(({ header, firstBlock }) => !header && (firstBlock?.segmentId ?? -1) >= oldestId);
  const free = files.filter((file) => file.header === undefined && !beheaded.includes(file));

  let { length, damage } = soundPrefix(segments);
  for (const { path, firstBlock } of beheaded) {
    const before = segments.findIndex(({ header }) => header.segmentId >= firstBlock!.segmentId);
    if (before >= 0) length = Math.min(length, before);
    damage ??= logDamaged(path, 0, 'the segment header is damaged');
  }
  return { chain: segments.slice(0, length), doomed: [...segments.slice(length), ...beheaded], free, damage };
}

/** How many of the segments, in order, belong to one log without a gap. */
function soundPrefix(segments: readonly SegmentFile[]): { length: number; damage: DamagedFileError | undefined } {
  for (const [i, { header, path }] of segments.entries()) {
    const before = segments[i - 1];
    if (before === undefined) continue;
    const { logId, segmentId, plannedBytes } = before.header;
    let reason: string | undefined;
    if (header.logId !== logId) reason = 'the file belongs to another log';
    else if (header.segmentId !== segmentId + 1) reason = `segment ${segmentId + 1} is missing before it`;
    if (reason !== undefined) return { length: i, damage: logDamaged(path, 0, reason) };
    if (before.sizeBytes < plannedBytes) {
      return { length: i, damage: logDamaged(before.path, before.sizeBytes, 'the file was cut') };
    }
  }
  return { length: segments.length, damage: undefined };
}

async function readHead(file: DiskFile): Promise<Pick<AnyFile, 'header' | 'firstBlock'>> {
  const head = Buffer.alloc(2 * sectorBytes);
  const got = await file.read(head, 0);
  if (got < sectorBytes) return { header: undefined, firstBlock: undefined };
  return {
    header: decodeSegmentHeader(head.subarray(0, sectorBytes)),
    firstBlock: got < 2 * sectorBytes ? undefined : decodeBlockHeader(head, sectorBytes, sectorBytes),
  };
}

export function segmentFileName(number: number): string {
  return `segment-${String(number).padStart(6, '0')}.log`;
}

/** The number in a segment's file name; `undefined` for any other name. */
export function segmentFileNumber(name: string): number | undefined {
  const digits = /^segment-(\d{6,12})\.log$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function logDamaged(path: string, offset: number, what: string): DamagedFileError {
  const hint = 'Restore the data folder from a backup, or let the other nodes restore what is lost.';
  const message = `log damaged at ${path}, offset ${offset}: ${what}. ${hint}`;
  return new DamagedFileError('LOG_DAMAGED', message, { path, offset, what });
}
