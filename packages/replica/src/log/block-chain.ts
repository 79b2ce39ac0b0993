// Which block continues a log, and what bears witness to one that is missing; the reasons are in recovery.ts.

import type { DamagedFileError } from '../errors.ts';
import type { BlockScanner } from './block-scanner.ts';
import { type BlockHeader, type SegmentHeader, sectorBytes } from './layout.ts';
import type { Segment } from './segment.ts';
import { logDamaged, type SegmentFiles } from './segment-files.ts';

export class BlockChain {
  readonly #files: SegmentFiles;
  #last: BlockHeader | undefined;
  #incarnation = 0;

  constructor(files: SegmentFiles) {
    this.#files = files;
  }

  /** The block that was taken last. */
  get last(): BlockHeader | undefined {
    return this.#last;
  }

  /** Highest incarnation found. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** Is it the one expected next? */
  continues(header: BlockHeader, segment: SegmentHeader): boolean {
    const isOfThisLog = header.logId === segment.logId && header.segmentId === segment.segmentId;
    // Only the oldest segment may begin with any block: what comes first in another one continues the one before.
    const isNext =
      this.#last === undefined
        ? segment.segmentId === this.#files.chain[0]?.header.segmentId
        : header.sequence === this.#last.sequence + 1;
    return isOfThisLog && isNext && header.incarnation >= this.#incarnation;
  }

  take(header: BlockHeader): void {
    this.#last = header;
    this.#incarnation = header.incarnation;
  }

  forgetLast(): void {
    this.#last = undefined;
  }

  missingBeginning(): DamagedFileError | undefined {
    const [oldest] = this.#files.chain;
    if (oldest === undefined) return undefined;
    // Only the very first segment may be without blocks: any other exists because the one before it was full.
    const firstSegment = this.#last?.firstSegment ?? 1;
    if (firstSegment >= oldest.header.segmentId) return undefined;
    return logDamaged(oldest.path, 0, `the log begins with segment ${firstSegment}, but that file is missing`);
  }

  /**
   * A witness that the log went on behind the last block that was taken. It may lie in a file that seems to be free: one
   * that has lost its header and its first block looks so. `segments`: those with blocks, and the first one in any case.
   */
  async missingEnd(scanner: BlockScanner, segments: readonly EndOfSegment[]): Promise<DamagedFileError | undefined> {
    const { chain, free } = this.#files;
    const end = segments.at(-1);
    const logId = chain[0]?.header.logId;
    const missing = (this.#last?.sequence ?? 0) + 1;
    for (const { file, path, sizeBytes } of [...chain.slice(Math.max(0, segments.length - 1)), ...free]) {
      scanner.use(file, sizeBytes);
      const offset = await scanner.findHeader(file === end?.file ? end.writtenBytes : sectorBytes, (later, at) => {
        if (logId !== undefined && later.logId !== logId) return false;
        this.#incarnation = Math.max(this.#incarnation, later.incarnation);
        const isAstray = later.offset !== at;
        return later.durableThrough >= missing || (isAstray && later.sequence >= missing);
      });
      if (offset === undefined) continue;
      const proof = `the block at ${offset} of ${path} was written after it`;
      return logDamaged(end?.path ?? path, end?.writtenBytes ?? 0, `a block is damaged or missing: ${proof}`);
    }
    return undefined;
  }
}

type EndOfSegment = Pick<Segment, 'path' | 'file' | 'writtenBytes'>;
