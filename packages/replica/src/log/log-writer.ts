// Writes queued records, block after block, one write at a time. Whatever is queued meanwhile, by any group, goes into
// the next block together: the more load, the more entries a flush serves.
//
// A write or flush that fails is final. The kernel may have dropped the pages, so that a second attempt would report a
// success that never was.

import type { LogObserver } from '../ports.ts';
import type { LogRecord } from '../record.ts';
import { BlockBuilder } from './block-builder.ts';
import type { GroupLog } from './group-log.ts';
import { blockBytes, blockHeaderBytes, sectorBytes, type UnsealedBlockHeader } from './layout.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';
import type { SegmentSupply } from './segment-supply.ts';

export interface LogWriterOptions {
  /** Whether a write is durable when it is done; if not, `flush` makes it so. */
  readonly durableWrites: boolean;
  readonly blockBytesMax: number;
  readonly logId: bigint;
  readonly incarnation: number;
  /** Of the last block in the log, all of which is durable. */
  readonly lastSequence: number;
  readonly segments: SegmentList;
  readonly supply: SegmentSupply;
  /** Of the times that an observer is told. */
  readonly nowMs: () => number;
  /** Called after each block, when the next one is already under way. */
  readonly onWritten: (records: readonly QueuedRecord[]) => void;
  /** Called once; nothing is written any more. */
  readonly onFailure: (error: Error) => void;
}

export interface QueuedRecord {
  readonly log: GroupLog;
  /** Under which somebody waits for it to be durable. */
  readonly sequence: number | undefined;
  readonly record: LogRecord;
  /** Known if somebody observes the log. */
  readonly queuedMs: number | undefined;
}

/** Counted since the log was opened. */
export interface WriterCounts {
  readonly blocks: number;
  readonly records: number;
  /** Of records, without headers and padding. */
  readonly recordBytes: number;
  /** Of whole blocks. */
  readonly writtenBytes: number;
}

export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #builder: BlockBuilder;
  #queue: QueuedRecord[] = [];
  #queuedBytes = 0;
  #isBusy = false;
  #isScheduled = false;
  #isEmptyBlockDue = false;
  #isFlushDue = false;
  #isWaitingForSegment = false;
  #hasFailed = false;
  #whenIdle: (() => void)[] = [];
  #observer: LogObserver | undefined;

  #lastSequence: number;
  /** All blocks up to this sequence are on the disk. */
  #durableThrough: number;
  /** The first segment that the last block names. */
  #namedFirstId = 0;
  /** The last block has records, and no later block bears witness to it. */
  #isUnsealed = false;
  #sequenceWhenLastAsked = 0;
  #counts = { blocks: 0, records: 0, recordBytes: 0, writtenBytes: 0 };

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#builder = new BlockBuilder(options.blockBytesMax);
    this.#lastSequence = options.lastSequence;
    this.#durableThrough = options.lastSequence;
  }

  get counts(): WriterCounts {
    return this.#counts;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  observe(observer: LogObserver | undefined): void {
    this.#observer = observer;
  }

  /** `sequence`: under which somebody waits for it to be durable. */
  enqueue(log: GroupLog, record: LogRecord, sequence: number | undefined): void {
    this.#queue.push({ log, sequence, record, queuedMs: this.#observer && this.#options.nowMs() });
    this.#queuedBytes += record.bytes.length;
    this.#schedule();
  }

  /** Writes a block soon, even if there are no records for it. */
  requestBlock(): void {
    this.#isEmptyBlockDue = true;
    this.#schedule();
  }

  /** Called from time to time: writes a closing block if nothing was written since the last call. */
  sealIfIdle(): void {
    const wasIdle = this.#sequenceWhenLastAsked === this.#lastSequence && this.#queue.length === 0;
    this.#sequenceWhenLastAsked = this.#lastSequence;
    // While blocks are not durable, a block behind them proves nothing.
    if (wasIdle && this.#isUnsealed && !this.#isBehind()) this.requestBlock();
  }

  /** Makes durable what is written. */
  flush(): void {
    this.#isFlushDue = this.#isBehind();
    this.pump();
  }

  /** Writes what is queued, makes it durable, and closes it with a block that bears witness to it. */
  async finish(): Promise<void> {
    await this.idle();
    this.#isEmptyBlockDue = this.#isUnsealed;
    this.flush();
    await this.idle();
  }

  /** Resolves when nothing is left to write, or nothing can be written any more. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.#schedule();
    });
  }

  /** Starts whatever is to be done next, unless something is under way. */
  pump(): void {
    if (this.#isBusy) return;
    if (this.#hasFailed || !(this.#isFlushDue || this.#isEmptyBlockDue || this.#queue.length > 0)) {
      for (const resolve of this.#whenIdle.splice(0)) resolve();
    } else if (this.#isFlushDue) {
      this.#startFlush();
    } else {
      this.#startBlock();
    }
  }

  /** Everything that is queued in the same turn shares a block. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.pump();
    });
  }

  #isBehind(): boolean {
    return this.#durableThrough < this.#lastSequence;
  }

  #startBlock(): void {
    const { segments, logId, incarnation } = this.#options;
    const { count, recordsBytes } = this.#nextRecords();
    const bytes = blockBytes(recordsBytes);
    const waitedForSegment = this.#isWaitingForSegment;
    if (!this.#makeRoom(bytes)) return;
    const segment = segments.active;
    const records = this.#queue.splice(0, count);
    const header: UnsealedBlockHeader = {
      offset: segment.writtenBytes,
      logId,
      segmentId: segment.id,
      sequence: this.#lastSequence + 1,
      durableThrough: this.#durableThrough,
      firstSegment: segments.firstId,
      incarnation,
      recordsBytes,
    };
    this.#isEmptyBlockDue = false;
    this.#isBusy = true;
    const observer = this.#observer;
    const beganMs = observer === undefined ? 0 : this.#options.nowMs();
    segment.file.write(this.#builder.build(header, records), segment.writtenBytes, (error) => {
      this.#isBusy = false;
      if (error !== null) return this.#fail(error);
      this.#blockWritten(segment, header, records);
      observer?.blockWritten({
        records: records.length,
        blockBytes: bytes,
        queuedMs: records[0]?.queuedMs,
        beganMs,
        doneMs: this.#options.nowMs(),
        waitedForSegment,
      });
      this.pump();
      this.#options.onWritten(records);
    });
  }

  /** As many queued records as one block takes, but at least one. */
  #nextRecords(): { readonly count: number; readonly recordsBytes: number } {
    let count = 0;
    let recordsBytes = 0;
    for (const { record } of this.#queue) {
      const bytes = recordsBytes + record.bytes.length;
      if (count > 0 && blockBytes(bytes) > this.#options.blockBytesMax) break;
      recordsBytes = bytes;
      count++;
    }
    return { count, recordsBytes };
  }

  /** Sees to it that the active segment has room for so many bytes. If it has not yet, the writer goes on once it has. */
  #makeRoom(bytes: number): boolean {
    const { segments, supply, durableWrites } = this.#options;
    const { writtenBytes, targetBytes } = segments.active;
    // A block that is larger than a segment gets one of its own, which grows.
    if (writtenBytes > sectorBytes && writtenBytes + bytes > targetBytes) {
      // A segment is left only when all of it is on the disk, so that one flush of the last file covers everything.
      if (!durableWrites && this.#isBehind()) {
        this.#startFlush();
        return false;
      }
      if (supply.next === undefined) return this.#awaitSupply();
      segments.push(supply.takeNext());
    }
    const end = segments.active.writtenBytes + bytes;
    if (end > segments.active.readyBytes && !supply.extend(segments.active, end)) return this.#awaitSupply();
    this.#isWaitingForSegment = false;
    return true;
  }

  #awaitSupply(): false {
    const { supply } = this.#options;
    if (supply.error !== undefined && this.#isWaitingForSegment) {
      this.#fail(supply.error);
    } else {
      // An error from before anybody waited may have passed: a disk that was full need not be full now.
      this.#isWaitingForSegment = true;
      supply.resume();
    }
    return false;
  }

  #blockWritten(segment: Segment, header: UnsealedBlockHeader, records: readonly QueuedRecord[]): void {
    const { recordsBytes } = header;
    let offset = segment.writtenBytes + blockHeaderBytes;
    const recordsEnd = offset + recordsBytes;
    for (const { log, record } of records) {
      log.wrote(record, { segmentId: segment.id, offset, recordsEnd });
      segment.groups.add(log);
      offset += record.bytes.length;
    }
    segment.writtenBytes += blockBytes(recordsBytes);
    segment.fileBytes = Math.max(segment.fileBytes, segment.writtenBytes);
    this.#lastSequence = header.sequence;
    this.#namedFirstId = header.firstSegment;
    this.#isUnsealed = records.length > 0;
    this.#queuedBytes -= recordsBytes;
    this.#counts.blocks++;
    this.#counts.records += records.length;
    this.#counts.recordBytes += recordsBytes;
    this.#counts.writtenBytes += blockBytes(recordsBytes);
    this.#options.supply.noteBlock(blockBytes(recordsBytes));
    if (this.#options.durableWrites) this.#caughtUp();
  }

  #startFlush(): void {
    this.#isFlushDue = false;
    this.#isBusy = true;
    const observer = this.#observer;
    const beganMs = observer === undefined ? 0 : this.#options.nowMs();
    this.#options.segments.active.file.flush((error) => {
      this.#isBusy = false;
      if (error !== null) return this.#fail(error);
      this.#caughtUp();
      observer?.flushed(beganMs, this.#options.nowMs());
      this.pump();
    });
  }

  /** All that is written is on the disk. */
  #caughtUp(): void {
    this.#durableThrough = this.#lastSequence;
    this.#options.segments.recycleBefore(this.#namedFirstId);
  }

  #fail(error: Error): void {
    this.#hasFailed = true;
    this.#options.onFailure(error);
    this.pump();
  }
}
