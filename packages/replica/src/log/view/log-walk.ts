// Walks over all blocks of a log that can be read. Up to the first damage it takes the way of recovery, by the same rules
// (block-chain.ts), and comes to the same verdict; where recovery stops, it looks for what can be read behind.

import type { DiskFile } from '../../disk/disk.ts';
import { BlockChain } from '../block-chain.ts';
import { BlockScanner, type ScannedBlock } from '../block-scanner.ts';
import { type BlockHeader, blockBytes, type SegmentHeader, sectorBytes } from '../layout.ts';
import { logDamaged, type SegmentFiles } from '../segment-files.ts';
import type { Findings } from './finding.ts';

export interface WalkedSegment {
  readonly path: string;
  readonly file: DiskFile;
  readonly sizeBytes: number;
  readonly header: SegmentHeader;
  /** In the order of the log, from 0 on. */
  readonly ordinal: number;
  blocks: number;
  firstBlock: number | undefined;
  lastBlock: number | undefined;
  /** End of the last block that was read. */
  writtenBytes: number;
  /** Where blocks lie one behind the other: `[start, end]`. */
  readonly runs: (readonly [number, number])[];
}

/** The end of a log that a crash has torn: its last block was never acknowledged, and the next start cuts it. */
export interface TornTail {
  readonly path: string;
  readonly offset: number;
  readonly block: number;
}

export class LogWalk {
  /** Those of the log, the oldest first, those without blocks as well. */
  readonly segments: readonly WalkedSegment[];
  /** Once all blocks were walked over. */
  tornTail: TornTail | undefined;
  /** How often the log was opened for writing. */
  incarnation = 0;
  readonly #files: SegmentFiles;
  readonly #findings: Findings;
  readonly #scanner = new BlockScanner();
  readonly #chain: BlockChain;
  /** Where the block expected next should be. */
  #end: { readonly segment: WalkedSegment; readonly offset: number } | undefined;
  /** The sequence of the block expected next; 0 if it is not known. */
  #expected = 0;
  #hasHole = false;

  /** Does the log say that it begins with a segment that is not there? `findings` hears of all damage on the way. */
  static async lacksBeginning(files: SegmentFiles, findings: Findings): Promise<boolean> {
    const walk = new LogWalk(files, findings);
    for await (const _ of walk.blocks());
    return walk.#chain.missingBeginning() !== undefined;
  }

  constructor(files: SegmentFiles, findings: Findings) {
    this.#files = files;
    this.#findings = findings;
    this.#chain = new BlockChain(files);
    this.segments = segmentsOf(files);
  }

  /** Entries may be missing: something before was damaged, or let go. */
  get mayBeginAnywhere(): boolean {
    return this.#hasHole || (this.segments[0]?.header.segmentId ?? 1) > 1;
  }

  async *blocks(): AsyncGenerator<readonly [WalkedSegment, ScannedBlock]> {
    const { chain, damage } = this.#files;
    const walked: WalkedSegment[] = [];
    for (const { path } of chain) {
      const segment = this.segments.find((each) => each.path === path)!;
      this.#end ??= { segment, offset: sectorBytes };
      yield* this.#follow(segment);
      if (segment.blocks === 0 && walked.length > 0) break;
      walked.push(segment);
    }
    const missing = damage ?? this.#chain.missingBeginning();
    const verdict = missing ?? (await this.#chain.missingEnd(this.#scanner, walked));
    this.incarnation = this.#chain.incarnation;
    if (verdict === undefined) {
      await this.#findTornTail(walked.at(-1));
      return;
    }
    const findingsBefore = this.#findings.count;
    if (missing !== undefined) this.#findings.addError(missing);
    this.#hasHole = true;
    for (const segment of this.segments.slice(Math.max(0, walked.length - 1))) yield* this.#salvage(segment);
    if (this.#findings.count === findingsBefore) this.#findings.addError(verdict);
  }

  /** Again, those that were walked over in this segment. @throws ReplicaError LOG_DAMAGED: it has changed. */
  async *again(segment: WalkedSegment): AsyncGenerator<ScannedBlock> {
    this.#scanner.use(segment.file, segment.sizeBytes);
    for (const [start, end] of segment.runs) {
      for (let at = start; at < end; ) {
        const header = await this.#scanner.headerAt(at);
        const block = header && (await this.#scanner.blockAt(at, header));
        if (block === undefined) throw logDamaged(segment.path, at, 'it has changed since it was read first');
        yield block;
        at = block.endOffset;
      }
    }
  }

  /** Block after block, as long as each is the one expected next. */
  async *#follow(segment: WalkedSegment): AsyncGenerator<readonly [WalkedSegment, ScannedBlock]> {
    this.#scanner.use(segment.file, segment.sizeBytes);
    for (;;) {
      const header = await this.#scanner.headerAt(segment.writtenBytes);
      const isNext = header !== undefined && this.#chain.continues(header, segment.header);
      const block = isNext ? await this.#scanner.blockAt(segment.writtenBytes, header) : undefined;
      if (block === undefined) return;
      this.#take(segment, block);
      yield [segment, block];
    }
  }

  /** What can still be read of a segment of a damaged log, and where something is missing. */
  async *#salvage(segment: WalkedSegment): AsyncGenerator<readonly [WalkedSegment, ScannedBlock]> {
    let from = segment.writtenBytes;
    for (;;) {
      this.#scanner.use(segment.file, segment.sizeBytes);
      const at = await this.#scanner.findHeader(from, (header, offset) => this.#isLater(header, segment, offset));
      if (at === undefined) return;
      const header = (await this.#scanner.headerAt(at))!;
      const block = await this.#scanner.blockAt(at, header);
      this.#noteHole(segment, at, header.sequence);
      if (block === undefined) {
        this.#findings.add('LOG_DAMAGED', segment.path, at, `block ${header.sequence} is damaged`);
        this.#expect(segment, at + blockBytes(header.recordsBytes), header.sequence + 1);
        this.#chain.take(header);
        from = at + sectorBytes;
        continue;
      }
      this.#take(segment, block);
      yield [segment, block];
      yield* this.#follow(segment);
      from = segment.writtenBytes;
    }
  }

  /** Blocks of an earlier incarnation lie behind the end of a tail that was cut once. */
  #isLater(header: BlockHeader, { header: segment }: WalkedSegment, at: number): boolean {
    const { last } = this.#chain;
    return (
      header.logId === segment.logId &&
      header.segmentId === segment.segmentId &&
      header.offset === at &&
      header.sequence > (last?.sequence ?? 0) &&
      header.incarnation >= (last?.incarnation ?? 0)
    );
  }

  #noteHole(segment: WalkedSegment, at: number, sequence: number): void {
    const end = this.#end ?? { segment, offset: sectorBytes };
    const isInPlace = end.segment === segment ? end.offset === at : at === sectorBytes;
    if (sequence === this.#expected && isInPlace) return;
    const lost =
      this.#expected === 0 || sequence === this.#expected
        ? `what should be there before block ${sequence} is damaged or missing`
        : `${blocksFrom(this.#expected, sequence - 1)} damaged or missing`;
    this.#findings.add('LOG_DAMAGED', end.segment.path, end.offset, lost);
  }

  #take(segment: WalkedSegment, { header, endOffset }: ScannedBlock): void {
    this.#chain.take(header);
    this.#expect(segment, endOffset, header.sequence + 1);
    segment.blocks++;
    segment.firstBlock ??= header.sequence;
    segment.lastBlock = header.sequence;
    segment.writtenBytes = endOffset;
    const run = segment.runs.at(-1);
    if (run?.[1] === header.offset) segment.runs[segment.runs.length - 1] = [run[0], endOffset];
    else segment.runs.push([header.offset, endOffset]);
  }

  #expect(segment: WalkedSegment, offset: number, sequence: number): void {
    this.#end = { segment, offset };
    this.#expected = sequence;
  }

  async #findTornTail(last: WalkedSegment | undefined): Promise<void> {
    if (last === undefined) return;
    for (const segment of this.segments.slice(last.ordinal, last.ordinal + 2)) {
      this.#scanner.use(segment.file, segment.sizeBytes);
      const header = await this.#scanner.headerAt(segment.writtenBytes);
      if (header === undefined || !this.#chain.continues(header, segment.header)) continue;
      this.tornTail = { path: segment.path, offset: segment.writtenBytes, block: header.sequence };
      return;
    }
  }
}

/** Those of other logs do not count. One that lost its header is known by its first block. */
function segmentsOf({ chain, doomed }: SegmentFiles): WalkedSegment[] {
  const found: Omit<WalkedSegment, 'ordinal'>[] = [];
  for (const { path, file, sizeBytes, header, firstBlock } of [...chain, ...doomed]) {
    const known = header ?? (firstBlock && { ...firstBlock, plannedBytes: sizeBytes });
    if (known === undefined || known.logId !== (found[0]?.header.logId ?? known.logId)) continue;
    const { logId, segmentId, plannedBytes } = known;
    const unread = { blocks: 0, firstBlock: undefined, lastBlock: undefined, writtenBytes: sectorBytes, runs: [] };
    found.push({ path, file, sizeBytes, header: { logId, segmentId, plannedBytes }, ...unread });
  }
  found.sort((a, b) => a.header.segmentId - b.header.segmentId);
  return found.map((segment, ordinal) => ({ ...segment, ordinal }));
}

function blocksFrom(first: number, last: number): string {
  return first === last ? `block ${first} is` : `blocks ${first} to ${last} are`;
}
