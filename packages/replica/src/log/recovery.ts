// Finds out what a log holds. Blocks are numbered, and a block is only written after the ones that its header calls
// durable; so every later block is a witness. Where an expected block is missing or damaged and
//   - a later block says that it was durable, it is damage;
//   - no later block says so, its write was never acknowledged as durable: the log ends there, the rest is cut.
// A later block that lies where it does not belong is a witness in any case: its own write was acknowledged, perhaps, and
// is missing where it should be; and it may have struck the block that is expected.
// A log that was closed, or idle for a moment, ends in an empty block, so that its last records have a witness too.
//
// Damage is never passed over. Either the log stays closed and nothing is changed, or, if the owner agrees because it can
// get the entries elsewhere, the log is cut there and everything behind is destroyed.
//
// Blocks of an earlier incarnation behind the end (a tail that was cut once) never count as the log's continuation. Nor
// are they witnesses against a later one: had what they call durable been missing, it would not have been cut as a tail,
// but as damage, and they with it.

import type { GroupId } from '@balsa/raft';
import type { Disk, DiskFile } from '../disk/disk.ts';
import { flushFile, writeFile } from '../disk/promises.ts';
import type { ReplicaError } from '../errors.ts';
import type { RecoveredLog } from '../ports.ts';
import { isReset } from '../record.ts';
import { BlockChain } from './block-chain.ts';
import { BlockScanner, type ScannedRecord } from './block-scanner.ts';
import { FoundGroup } from './found-group.ts';
import { GroupLog } from './group-log.ts';
import { sectorBytes } from './layout.ts';
import { Segment } from './segment.ts';
import { logDamaged, openSegmentFiles, type SegmentFile, type SegmentFiles } from './segment-files.ts';
import type { FreeFile } from './segment-supply.ts';

const wipeStepBytes = 1024 * 1024;

export interface RecoveryOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly durableWrites: boolean;
  readonly onProgress: (progress: RecoveryProgress) => void;
  /** Resolves if the log may be cut at the damage; rejects, with the error or its own, if not. */
  readonly onDamage: (damage: ReplicaError) => Promise<void>;
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
  readonly recovered: Map<GroupId, RecoveredLog>;
  /** Sequence of the last block, 0 if there is none. */
  readonly lastSequence: number;
  /** Highest incarnation found. */
  readonly incarnation: number;
}

/** Opens every segment file. On an error all of them are closed again. */
export async function recoverLog(options: RecoveryOptions): Promise<FoundLog> {
  const opened: DiskFile[] = [];
  try {
    const files = await openSegmentFiles(options.disk, options.folder, options.durableWrites, opened);
    return await new Recovery(options, files, opened).run();
  } catch (error) {
    for (const file of opened) await file.close();
    throw error;
  }
}

class Recovery {
  readonly #options: RecoveryOptions;
  readonly #files: SegmentFiles;
  readonly #opened: DiskFile[];
  readonly #scanner = new BlockScanner();
  readonly #groups = new Map<GroupId, GroupLog>();
  readonly #found = new Map<GroupId, FoundGroup>();
  /** Those with blocks, and the first one in any case. */
  readonly #segments: Segment[] = [];
  readonly #blocks: BlockChain;
  #bytesDone = 0;

  constructor(options: RecoveryOptions, files: SegmentFiles, opened: DiskFile[]) {
    this.#options = options;
    this.#files = files;
    this.#blocks = new BlockChain(files);
    this.#opened = opened;
  }

  async run(): Promise<FoundLog> {
    const { chain, free, nextFileNumber } = this.#files;
    for (const file of chain) {
      const segment = await this.#replaySegment(file);
      const isEmpty = segment.writtenBytes === sectorBytes;
      if (isEmpty && this.#segments.length > 0) break;
      this.#segments.push(segment);
    }
    const missing = this.#files.damage ?? this.#blocks.missingBeginning();
    const damage = missing ?? (await this.#blocks.missingEnd(this.#scanner, this.#segments));
    if (damage !== undefined) {
      await this.#options.onDamage(damage);
      await this.#cut();
    }
    const [next, ...surplus] = damage === undefined ? chain.slice(this.#segments.length) : [];
    for (const file of surplus.reverse()) await this.#remove(file);
    await this.#makeDurable(next);
    return {
      logId: this.#segments.length === 0 ? undefined : chain[0]?.header.logId,
      segments: this.#segments,
      next: next && toSegment(next),
      free: damage === undefined ? free : [],
      nextFileNumber,
      groups: this.#groups,
      recovered: new Map([...this.#found].map(([group, found]) => [group, found.recovered()])),
      lastSequence: this.#blocks.last?.sequence ?? 0,
      incarnation: this.#blocks.incarnation,
    };
  }

  /**
   * From here on all that was found counts as durable, but the dead process may have left some of it in the page cache only;
   * and what it failed to write, the kernel may take for written. So what has no witness is written again.
   */
  async #makeDurable(next: SegmentFile | undefined): Promise<void> {
    const { disk, folder } = this.#options;
    // The name of a file that holds nothing yet counts, too: it will be used under the name that it has.
    await disk.syncFolder(folder);
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    const lastBlock = this.#blocks.last === undefined ? sectorBytes : this.#blocks.last.offset;
    await rewrite(last.file, 0, sectorBytes);
    await rewrite(last.file, lastBlock, last.writtenBytes);
    if (next !== undefined) await rewrite(next.file, 0, sectorBytes);
    for (const { file } of [...this.#segments, ...(next === undefined ? [] : [next])]) await flushFile(file);
  }

  /** Takes in block after block, as long as each is the one expected next. */
  async #replaySegment(found: SegmentFile): Promise<Segment> {
    const bytesTotal = this.#files.chain.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    const segment = toSegment(found);
    this.#scanner.use(found.file, found.sizeBytes);
    for (;;) {
      const header = await this.#scanner.headerAt(segment.writtenBytes);
      const isNext = header !== undefined && this.#blocks.continues(header, found.header);
      const block = isNext ? await this.#scanner.blockAt(segment.writtenBytes, header) : undefined;
      if (block === undefined) return segment;
      for (const record of block.records) this.#takeRecord(segment, record, block.recordsEnd);
      this.#blocks.take(block.header);
      this.#bytesDone += block.endOffset - segment.writtenBytes;
      segment.writtenBytes = block.endOffset;
      this.#options.onProgress({ bytesDone: this.#bytesDone, bytesTotal });
    }
  }

  #takeRecord(segment: Segment, { group, record, offset }: ScannedRecord, recordsEnd: number): void {
    const [log, found] = this.#groupOf(group);
    if (isReset(record)) {
      log.reset(record.base);
      found.reset(record.base);
    } else {
      if (found.beginsWith(record)) log.beginAt(found.base);
      const { lastIndex } = found;
      if (!found.take(record)) {
        // No disk makes this up, checksums and all; so nothing says that the rest is right, and cutting it would not help.
        const entry = `entry ${record.firstIndex} of group ${group} after term ${record.prevTerm}`;
        throw logDamaged(segment.path, offset, `${entry} does not continue entry ${lastIndex}`);
      }
    }
    log.wrote(record, { segmentId: segment.id, offset, recordsEnd });
    segment.groups.add(log);
  }

  #groupOf(group: GroupId): readonly [GroupLog, FoundGroup] {
    let log = this.#groups.get(group);
    let found = this.#found.get(group);
    if (log === undefined || found === undefined) {
      log = new GroupLog(group);
      // Segments are let go in order, the first of them first: only then may entries of a group be missing at its beginning.
      found = new FoundGroup(this.#files.chain[0]!.header.segmentId > 1);
      this.#groups.set(group, log);
      this.#found.set(group, found);
    }
    return [log, found];
  }

  /**
   * Destroys what lies behind the last block, from the end towards it: whenever this is interrupted, what is left still
   * shows the damage.
   */
  async #cut(): Promise<void> {
    const { chain, doomed, free } = this.#files;
    if (this.#blocks.missingBeginning() !== undefined) this.#forgetAll();
    for (const file of [...chain.slice(this.#segments.length), ...doomed, ...free].reverse()) await this.#remove(file);
    const end = this.#segments.at(-1);
    if (end === undefined) return;
    const zeros = Buffer.alloc(wipeStepBytes);
    for (let to = end.readyBytes; to > end.writtenBytes; ) {
      const from = Math.max(end.writtenBytes, to - wipeStepBytes);
      await writeFile(end.file, zeros.subarray(0, to - from), from);
      await flushFile(end.file);
      to = from;
    }
  }

  /** A log without its beginning is no log. */
  #forgetAll(): void {
    this.#segments.length = 0;
    this.#groups.clear();
    this.#found.clear();
    this.#blocks.forgetLast();
  }

  async #remove({ path, file }: { readonly path: string; readonly file: DiskFile }): Promise<void> {
    const { disk, folder } = this.#options;
    this.#opened.splice(this.#opened.indexOf(file), 1);
    await file.close();
    await disk.remove(path);
    await disk.syncFolder(folder);
  }
}

async function rewrite(file: DiskFile, from: number, to: number): Promise<void> {
  const bytes = Buffer.alloc(to - from);
  const got = await file.read(bytes, from);
  await writeFile(file, bytes.subarray(0, got), from);
}

function toSegment({ header, path, file, sizeBytes }: SegmentFile): Segment {
  const targetBytes = Math.max(sizeBytes, header.plannedBytes);
  return new Segment(header.segmentId, path, file, { readyBytes: sizeBytes, targetBytes, writtenBytes: sectorBytes });
}
