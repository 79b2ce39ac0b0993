// Finds out what a log holds. Blocks are numbered, and a block is only written after the ones that its header calls
// durable; so every later block is a witness. Where an expected block is missing or damaged and
//   - a later block says that it was durable, it is damage: recovery stops with LOG_DAMAGED and touches nothing;
//   - no later block says so, its write was never acknowledged as durable: the log ends there, the rest is cut.
// A log that was closed, or idle for a moment, ends in an empty block, so that its last records have a witness too.
//
// Blocks of an earlier incarnation behind the end (a tail that was cut once) never count as the log's continuation.

import { type GroupId, lastIndexOf } from '@balsa/raft';
import type { Disk, DiskFile } from '../disk/disk.ts';
import { flushFile } from '../disk/promises.ts';
import { ReplicaError } from '../errors.ts';
import { BlockScanner, type ScannedRecord } from './block-scanner.ts';
import { GroupLog } from './group-log.ts';
import { type BlockHeader, decodeBlockHeader, decodeSegmentHeader, type SegmentHeader, sectorBytes } from './layout.ts';
import { Segment } from './segment.ts';
import { type FreeFile, segmentFileNumber } from './segment-supply.ts';
import { TermRuns } from './term-runs.ts';

export interface RecoveryOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly durableWrites: boolean;
  readonly segmentBytes: number;
  readonly onProgress: (progress: RecoveryProgress) => void;
}

export interface RecoveryProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface FoundLog {
  /** `undefined` if the folder holds no log yet. */
  readonly logId: bigint | undefined;
  /** Oldest first; blocks are to be added to the last one. */
  readonly segments: readonly Segment[];
  /** A segment that was prepared but holds nothing yet. */
  readonly next: Segment | undefined;
  readonly free: readonly FreeFile[];
  readonly nextFileNumber: number;
  readonly groups: Map<GroupId, GroupLog>;
  readonly termRuns: ReadonlyMap<GroupId, TermRuns>;
  /** Sequence of the last block, 0 if there is none. */
  readonly lastSequence: number;
  /** Highest incarnation found. */
  readonly incarnation: number;
}

interface FoundFile {
  readonly path: string;
  readonly file: DiskFile;
  readonly sizeBytes: number;
  readonly header: SegmentHeader | undefined;
  /** The block behind the segment header. */
  readonly firstBlock: BlockHeader | undefined;
}

interface FoundSegment extends FoundFile {
  readonly header: SegmentHeader;
}

/** Opens every segment file. On an error all of them are closed again. */
export async function recoverLog(options: RecoveryOptions): Promise<FoundLog> {
  const opened: DiskFile[] = [];
  try {
    return await new Recovery(options, opened).run();
  } catch (error) {
    for (const file of opened) await file.close();
    throw error;
  }
}

class Recovery {
  readonly #options: RecoveryOptions;
  readonly #opened: DiskFile[];
  readonly #files: FoundFile[] = [];
  readonly #scanner = new BlockScanner();
  readonly #groups = new Map<GroupId, GroupLog>();
  readonly #termRuns = new Map<GroupId, TermRuns>();
  readonly #segments: Segment[] = [];
  #last: BlockHeader | undefined;
  #incarnation = 0;
  #bytesDone = 0;
  #bytesTotal = 0;

  constructor(options: RecoveryOptions, opened: DiskFile[]) {
    this.#options = options;
    this.#opened = opened;
  }

  async run(): Promise<FoundLog> {
    const nextFileNumber = await this.#openFiles();
    const found = this.#files.filter((file): file is FoundSegment => file.header !== undefined);
    found.sort((a, b) => a.header.segmentId - b.header.segmentId);
    checkSegments(found);
    const free = this.#freeFiles(found);
    this.#bytesTotal = found.reduce((total, { sizeBytes }) => total + sizeBytes, 0);

    const endOffset = await this.#replay(found);
    await this.#checkEnd(found, endOffset);
    const rest = found.slice(this.#segments.length);
    const [next, ...surplus] = rest.map((file) => this.#toSegment(file, sectorBytes));
    for (const segment of surplus.reverse()) await this.#remove(segment);
    // What the dead process wrote may still be on its way to the disk; from here on it counts as durable.
    for (const { file } of this.#segments) await flushFile(file);

    return {
      logId: found[0]?.header.logId,
      segments: this.#segments,
      next,
      free,
      nextFileNumber,
      groups: this.#groups,
      termRuns: this.#termRuns,
      lastSequence: this.#last?.sequence ?? 0,
      incarnation: this.#incarnation,
    };
  }

  async #openFiles(): Promise<number> {
    const { disk, folder, durableWrites } = this.#options;
    let nextFileNumber = 1;
    for (const name of await disk.list(folder)) {
      const number = segmentFileNumber(name);
      if (number === undefined) continue;
      nextFileNumber = Math.max(nextFileNumber, number + 1);
      const path = `${folder}/${name}`;
      const file = await disk.open(path, { durableWrites });
      this.#opened.push(file);
      this.#files.push({ path, file, sizeBytes: await file.sizeBytes(), ...(await readHead(file)) });
    }
    return nextFileNumber;
  }

  /** Files without a segment header: preparing them was cut short, so they hold nothing of this log's present. */
  #freeFiles(segments: readonly FoundSegment[]): FreeFile[] {
    const free = this.#files.filter(({ header }) => header === undefined);
    for (const { path, firstBlock } of free) {
      if (firstBlock === undefined) continue;
      const oldest = segments[0]?.header.segmentId ?? 0;
      if (firstBlock.segmentId >= oldest) throw damaged(path, 0, 'the segment header is damaged');
    }
    return free;
  }

  /** Takes in block after block; returns the offset in the last of `#segments` behind the last one. */
  async #replay(found: readonly FoundSegment[]): Promise<number> {
    let endOffset = sectorBytes;
    for (const [i, file] of found.entries()) {
      // The log goes on in the next segment only if that one's first block is the next block.
      if (i > 0 && !(file.firstBlock !== undefined && this.#continues(file.firstBlock, file))) break;
      const segment = this.#toSegment(file, sectorBytes);
      const offset = await this.#replaySegment(file, segment);
      if (i > 0 && offset === sectorBytes) break;
      segment.writtenBytes = offset;
      this.#segments.push(segment);
      endOffset = offset;
    }
    return endOffset;
  }

  async #replaySegment(found: FoundSegment, segment: Segment): Promise<number> {
    const scanner = this.#scanner;
    scanner.use(found.file, found.sizeBytes);
    let offset = sectorBytes;
    for (;;) {
      const header = await scanner.headerAt(offset);
      if (header === undefined || !this.#continues(header, found)) return offset;
      const block = await scanner.blockAt(offset, header);
      if (block === undefined) return offset;
      for (const record of block.records) this.#takeRecord(segment, record, block.recordsEnd);
      this.#last = header;
      this.#incarnation = header.incarnation;
      this.#bytesDone += block.endOffset - offset;
      offset = block.endOffset;
      this.#options.onProgress({ bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal });
    }
  }

  #continues(header: BlockHeader, { header: segment }: FoundSegment): boolean {
    const isOfThisLog = header.logId === segment.logId && header.segmentId === segment.segmentId;
    const isNext = this.#last === undefined || header.sequence === this.#last.sequence + 1;
    return isOfThisLog && isNext && header.incarnation >= this.#incarnation;
  }

  #takeRecord(segment: Segment, { group, batch, offset }: ScannedRecord, recordsEnd: number): void {
    let log = this.#groups.get(group);
    let terms = this.#termRuns.get(group);
    if (log === undefined || terms === undefined) {
      log = new GroupLog(group);
      terms = new TermRuns();
      this.#groups.set(group, log);
      this.#termRuns.set(group, terms);
    }
    const follows = log.writtenIndex === 0 || batch.firstIndex <= log.writtenIndex + 1;
    const prevTerm = terms.termOf(batch.firstIndex - 1);
    if (
      batch.count < 1 ||
      batch.firstIndex < 1 ||
      !follows ||
      (prevTerm !== undefined && prevTerm !== batch.prevTerm)
    ) {
      const entry = `entry ${batch.firstIndex} of group ${group} after term ${batch.prevTerm}`;
      throw damaged(segment.path, offset, `${entry} does not continue entry ${log.writtenIndex}`);
    }
    log.written(batch, { segmentId: segment.id, offset, recordsEnd });
    terms.add(batch.firstIndex, batch.term);
    segment.noteIndex(group, lastIndexOf(batch));
  }

  /** The log ends at `endOffset` of the last segment replayed: makes sure that nothing durable is missing. */
  async #checkEnd(found: readonly FoundSegment[], endOffset: number): Promise<void> {
    const [oldest] = found;
    if (oldest === undefined) return;
    const end = found[Math.max(0, this.#segments.length - 1)]!;
    const isBeginning = oldest.header.segmentId === 1;
    // Only the first segment of all may be without blocks; in any other, every block is a witness.
    const missing = this.#last === undefined ? (isBeginning ? 1 : 0) : this.#last.sequence + 1;
    for (const file of found.slice(found.indexOf(end))) {
      this.#scanner.use(file.file, file.sizeBytes);
      const witness = await this.#scanner.findHeader(file === end ? endOffset : sectorBytes, (header) => {
        this.#incarnation = Math.max(this.#incarnation, header.logId === oldest.header.logId ? header.incarnation : 0);
        return header.logId === oldest.header.logId && header.durableThrough >= missing;
      });
      if (witness === undefined) continue;
      const proof = `the block at ${witness} of ${file.path} was written after it`;
      throw damaged(end.path, endOffset, `a block is damaged or missing: ${proof}`);
    }
    if (this.#last !== undefined && this.#last.firstSegment < oldest.header.segmentId) {
      const { firstSegment } = this.#last;
      throw damaged(oldest.path, 0, `the log begins with segment ${firstSegment}, but its file is missing`);
    }
  }

  #toSegment({ header, path, file, sizeBytes }: FoundSegment, writtenBytes: number): Segment {
    const targetBytes = Math.max(sizeBytes, this.#options.segmentBytes);
    return new Segment(header.segmentId, path, file, { readyBytes: sizeBytes, targetBytes, writtenBytes });
  }

  async #remove({ path, file }: Segment): Promise<void> {
    const { disk, folder } = this.#options;
    this.#opened.splice(this.#opened.indexOf(file), 1);
    await file.close();
    await disk.remove(path);
    await disk.syncFolder(folder);
  }
}

async function readHead(file: DiskFile): Promise<Pick<FoundFile, 'header' | 'firstBlock'>> {
  const head = Buffer.alloc(2 * sectorBytes);
  const got = await file.read(head, 0);
  if (got < sectorBytes) return { header: undefined, firstBlock: undefined };
  return {
    header: decodeSegmentHeader(head.subarray(0, sectorBytes)),
    firstBlock: got < 2 * sectorBytes ? undefined : decodeBlockHeader(head, sectorBytes),
  };
}

/** All of one log, and none missing between the first and the last. */
function checkSegments(found: readonly FoundSegment[]): void {
  for (const [i, { header, path }] of found.entries()) {
    const previous = found[i - 1]?.header;
    if (previous === undefined) continue;
    if (header.logId !== previous.logId) throw damaged(path, 0, 'the file belongs to another log');
    if (header.segmentId !== previous.segmentId + 1) {
      throw damaged(path, 0, `segment ${header.segmentId} follows segment ${previous.segmentId}: a file is missing`);
    }
  }
}

function damaged(path: string, offset: number, what: string): ReplicaError {
  return new ReplicaError(
    'LOG_DAMAGED',
    `log damaged at ${path}, offset ${offset}: ${what}. Nothing was changed. Restore the file from a backup, or empty this node's data folder and let it rejoin as a new node.`,
  );
}
