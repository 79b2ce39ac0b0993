// The node's write-ahead log, one for all groups.
//
// One write is under way at a time. Whatever is appended meanwhile, by any group, goes into the next block together:
// the more load, the more entries a flush serves. Because a block is only begun when the one before is durable, blocks
// bear witness to each other, which is how recovery tells a torn tail from damage (see recovery.ts).
//
// A write or flush that fails is final. The kernel may have dropped the pages, so that a second attempt would report a
// success that never was; the log says so once, acknowledges nothing more, and the node has to stop.

import { randomBytes } from 'node:crypto';
import { type Batch, type GroupId, type Index, lastIndexOf } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { ReplicaError } from '../errors.ts';
import type { Clock, LogStore, LogStoreEvents, RecoveredLog } from '../ports.ts';
import { readBatches } from './batch-reader.ts';
import { BlockBuilder } from './block-builder.ts';
import { GroupLog } from './group-log.ts';
import { blockBytes, blockHeaderBytes, sectorBytes } from './layout.ts';
import { type FoundLog, type RecoveryProgress, recoverLog } from './recovery.ts';
import type { Segment } from './segment.ts';
import { SegmentSupply } from './segment-supply.ts';
import { checkLogSettings, type Durability, defaultLogSettings, type WriteAheadLogSettings } from './settings.ts';
import type { TermRuns } from './term-runs.ts';

export interface WriteAheadLogOptions {
  readonly disk: Disk;
  /** Created if it is missing; holds nothing but this log. */
  readonly folder: string;
  readonly clock: Clock;
  readonly events: LogStoreEvents;
  readonly durability?: Durability;
  readonly settings?: Partial<WriteAheadLogSettings>;
  /**
   * The log is damaged. If this resolves, it is cut at the damage, and everything behind is destroyed: the owner must have
   * made durable, before, that this node may have lost entries that it acknowledged. Without it, `open` rejects.
   */
  readonly onDamage?: (damage: ReplicaError) => Promise<void>;
  /** Called while an existing log is read; `bytesTotal` is an upper bound. */
  readonly onRecoveryProgress?: (progress: RecoveryProgress) => void;
}

/** Counted since the log was opened. */
export interface LogStatistics {
  readonly blocks: number;
  readonly records: number;
  /** Of records, without headers and padding. */
  readonly recordBytes: number;
  /** Of whole blocks. */
  readonly writtenBytes: number;
  readonly segments: number;
  /** Appended, but not written yet. */
  readonly queuedBytes: number;
}

interface QueuedBatch {
  readonly log: GroupLog;
  readonly sequence: number;
  readonly batch: Batch;
}

interface Block {
  readonly header: { readonly sequence: number; readonly firstSegment: number; readonly recordsBytes: number };
  readonly segment: Segment;
  readonly offset: number;
  readonly batches: readonly QueuedBatch[];
}

export class WriteAheadLog implements LogStore {
  readonly #options: WriteAheadLogOptions;
  readonly #durability: Durability;
  readonly #settings: WriteAheadLogSettings;
  readonly #builder: BlockBuilder;
  readonly #supply: SegmentSupply;
  readonly #logId: bigint;
  readonly #incarnation: number;
  readonly #groups: Map<GroupId, GroupLog>;
  readonly #termRuns: ReadonlyMap<GroupId, TermRuns>;
  readonly #recoveredIndexes = new Map<GroupId, Index>();
  /** Ascending ids without a gap; blocks go to the last one. */
  readonly #segments: Segment[];
  /** Released, but their files may only be reused once a durable block says that they are not needed. */
  readonly #retired: Segment[] = [];
  readonly #stopTimers: (() => void)[] = [];
  readonly #readsUnderWay = new Set<Promise<unknown>>();
  /** Groups with an `unreportedSequence`. */
  #unreported: GroupLog[] = [];

  #queue: QueuedBatch[] = [];
  #queuedBytes = 0;
  #isBusy = false;
  #isPumpScheduled = false;
  #isEmptyBlockDue = false;
  #isFlushDue = false;
  #isWaitingForSegment = false;
  #isOpen = false;
  #closing: Promise<void> | undefined;
  #failure: ReplicaError | undefined;
  #onIdle: (() => void) | undefined;

  #lastSequence: number;
  /** All blocks up to this sequence are on the disk. */
  #durableThrough: number;
  /** The last block has records, and nothing bears witness to it yet. */
  #isUnsealed = false;
  #sequenceAtLastTick = 0;
  /** The highest first segment that a written, or a durable, block names. */
  #writtenFirstSegment = 0;
  #durableFirstSegment = 0;
  readonly #counts = { blocks: 0, records: 0, recordBytes: 0, writtenBytes: 0 };

  /**
   * Opens the log, or creates it. Rejects with LOG_DAMAGED if durable bytes are missing or damaged (nothing is changed
   * then), RECORD_UNKNOWN if a newer version wrote them, LOG_FAILED if the disk fails.
   */
  static async open(options: WriteAheadLogOptions): Promise<WriteAheadLog> {
    const settings = { ...defaultLogSettings, ...options.settings };
    checkLogSettings(settings);
    const durability = options.durability ?? 'sync';
    try {
      await options.disk.createFolder(options.folder);
      const found = await recoverLog({
        disk: options.disk,
        folder: options.folder,
        durableWrites: durability === 'sync',
        onDamage: options.onDamage ?? ((damage) => Promise.reject(damage)),
        onProgress: options.onRecoveryProgress ?? (() => {}),
      });
      const log = new WriteAheadLog(options, durability, settings, found);
      await log.#start();
      return log;
    } catch (error) {
      throw error instanceof ReplicaError ? error : failed(error);
    }
  }

  private constructor(
    options: WriteAheadLogOptions,
    durability: Durability,
    settings: WriteAheadLogSettings,
    found: FoundLog,
  ) {
    this.#options = options;
    this.#durability = durability;
    this.#settings = settings;
    this.#builder = new BlockBuilder(settings.blockBytesMax);
    this.#logId = found.logId ?? randomBytes(8).readBigUInt64LE();
    this.#incarnation = found.incarnation + 1;
    this.#groups = found.groups;
    this.#termRuns = found.termRuns;
    for (const [group, log] of found.groups) this.#recoveredIndexes.set(group, log.writtenIndex);
    this.#segments = [...found.segments];
    this.#lastSequence = found.lastSequence;
    this.#durableThrough = found.lastSequence;
    this.#supply = new SegmentSupply(
      {
        disk: options.disk,
        folder: options.folder,
        logId: this.#logId,
        durableWrites: durability === 'sync',
        segmentBytes: settings.segmentBytes,
        spareSegmentsMax: settings.spareSegmentsMax,
        onChange: () => this.#pump(),
      },
      {
        active: found.segments.at(-1),
        next: found.next,
        free: found.free,
        nextFileNumber: found.nextFileNumber,
      },
    );
  }

  recovered(group: GroupId): RecoveredLog {
    return {
      lastIndex: this.#recoveredIndexes.get(group) ?? 0,
      termRuns: this.#termRuns.get(group)?.runs ?? [],
    };
  }

  append(group: GroupId, sequence: number, batch: Batch): void {
    if (this.#closing !== undefined) throw new ReplicaError('STOPPED', 'the log is closed');
    // The failure was reported; whatever comes later has no answer.
    if (this.#failure !== undefined) return;
    const log = this.#group(group);
    log.append(batch);
    this.#queue.push({ log, sequence, batch });
    this.#queuedBytes += batch.bytes.length;
    if (this.#durability === 'memory') this.#noteDurable(log, sequence);
    this.#schedulePump();
  }

  read(group: GroupId, fromIndex: Index, bytesMax: number): Promise<Batch[]> {
    const log = this.#groups.get(group);
    if (log === undefined) return Promise.resolve([]);
    const read = readBatches(log, (id) => this.#segments[id - this.#segments[0]!.id], fromIndex, bytesMax);
    this.#readsUnderWay.add(read);
    const forget = () => this.#readsUnderWay.delete(read);
    read.then(forget, forget);
    return read;
  }

  release(group: GroupId, index: Index): void {
    const log = this.#group(group);
    log.releasedIndex = Math.max(log.releasedIndex, index);
    while (this.#segments.length > 1 + this.#settings.retainSegmentsMin && this.#isReleased(this.#segments[0]!)) {
      const segment = this.#segments.shift()!;
      for (const id of segment.lastIndexes.keys()) this.#group(id).spans.dropSegmentsBelow(segment.id + 1);
      this.#retired.push(segment);
      this.#isEmptyBlockDue = true;
    }
    this.#schedulePump();
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  statistics(): LogStatistics {
    return { ...this.#counts, segments: this.#segments.length, queuedBytes: this.#queuedBytes };
  }

  /** Writes the first block of this incarnation, which proves that the disk takes writes. */
  async #start(): Promise<void> {
    try {
      if (this.#segments.length === 0) {
        this.#segments.push(await this.#supply.createFirst(this.#settings.firstSegmentBytes));
      }
      this.#isEmptyBlockDue = true;
      this.#pump();
      await this.#idle();
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      await this.#closeFiles();
      throw error;
    }
    this.#isOpen = true;
    const { clock } = this.#options;
    this.#stopTimers.push(clock.every(this.#settings.sealAfterMs, () => this.#sealIfIdle()));
    if (this.#durability === 'batched') {
      this.#stopTimers.push(clock.every(this.#settings.flushIntervalMs, () => this.#flushSoon()));
    }
    this.#supply.resume();
  }

  async #shutDown(): Promise<void> {
    for (const stop of this.#stopTimers) stop();
    await this.#idle();
    this.#isEmptyBlockDue = this.#isUnsealed;
    this.#isFlushDue = this.#isBehind();
    this.#pump();
    await this.#idle();
    await this.#closeFiles();
  }

  async #closeFiles(): Promise<void> {
    await this.#supply.close();
    await Promise.allSettled(this.#readsUnderWay);
    for (const { file } of [...this.#segments, ...this.#retired]) await file.close();
  }

  /** Resolves when nothing is left to write, or nothing can be written any more. */
  #idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#schedulePump();
    });
  }

  #group(group: GroupId): GroupLog {
    let log = this.#groups.get(group);
    if (log === undefined) {
      log = new GroupLog(group);
      this.#groups.set(group, log);
    }
    return log;
  }

  #isReleased(segment: Segment): boolean {
    for (const [group, lastIndex] of segment.lastIndexes) {
      if (lastIndex >= this.#group(group).releasedIndex) return false;
    }
    return true;
  }

  /** Some blocks are not on the disk yet. */
  #isBehind(): boolean {
    return this.#durableThrough < this.#lastSequence;
  }

  #sealIfIdle(): void {
    const isIdle = this.#sequenceAtLastTick === this.#lastSequence && this.#queue.length === 0;
    this.#sequenceAtLastTick = this.#lastSequence;
    // While blocks are not durable, a block behind them proves nothing.
    if (!isIdle || !this.#isUnsealed || this.#isBehind()) return;
    this.#isEmptyBlockDue = true;
    this.#pump();
  }

  #flushSoon(): void {
    this.#isFlushDue = this.#isBehind();
    this.#pump();
  }

  /** Everything that is appended in the same turn shares a block. */
  #schedulePump(): void {
    if (this.#isPumpScheduled) return;
    this.#isPumpScheduled = true;
    queueMicrotask(() => {
      this.#isPumpScheduled = false;
      this.#report();
      this.#pump();
    });
  }

  /** Starts whatever is to be done next, unless something is under way. */
  #pump(): void {
    if (this.#isBusy) return;
    if (this.#failure === undefined) {
      if (this.#isFlushDue) this.#flush();
      else if (this.#queue.length > 0 || this.#isEmptyBlockDue) this.#startBlock();
      else this.#nowIdle();
    } else {
      this.#nowIdle();
    }
  }

  #nowIdle(): void {
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.();
  }

  #startBlock(): void {
    let count = 0;
    let recordsBytes = 0;
    for (const { batch } of this.#queue) {
      const bytes = recordsBytes + batch.bytes.length;
      if (count > 0 && blockBytes(bytes) > this.#settings.blockBytesMax) break;
      recordsBytes = bytes;
      count++;
    }
    const bytes = blockBytes(recordsBytes);
    if (!this.#makeRoom(bytes)) return;
    const segment = this.#segments.at(-1)!;
    const batches = this.#queue.splice(0, count);
    const header = {
      logId: this.#logId,
      segmentId: segment.id,
      sequence: this.#lastSequence + 1,
      durableThrough: this.#durableThrough,
      firstSegment: this.#segments[0]!.id,
      incarnation: this.#incarnation,
      recordsBytes,
      recordCount: count,
    };
    const block: Block = { header, segment, offset: segment.writtenBytes, batches };
    this.#isEmptyBlockDue = false;
    this.#isBusy = true;
    segment.file.write(this.#builder.build(header, batches), block.offset, (error) => {
      this.#isBusy = false;
      if (error !== null) return this.#fail(error);
      this.#blockWritten(block);
      this.#pump();
      this.#report();
    });
  }

  /** Sees to it that the last segment has room for so many bytes. If not yet, goes on once it has. */
  #makeRoom(bytes: number): boolean {
    const active = this.#segments.at(-1)!;
    const end = active.writtenBytes + bytes;
    if (end > active.readyBytes) {
      if (end <= active.targetBytes) return this.#awaitSupply();
      // A segment is left only when all of it is on the disk, so that one flush of the last file covers everything.
      if (this.#isBehind() && this.#durability !== 'sync') {
        this.#flush();
        return false;
      }
      const { next } = this.#supply;
      if (next === undefined || next.readyBytes < sectorBytes + bytes) {
        this.#supply.need(sectorBytes + bytes);
        return this.#awaitSupply();
      }
      this.#segments.push(this.#supply.takeNext());
    }
    this.#isWaitingForSegment = false;
    return true;
  }

  #awaitSupply(): false {
    const { error } = this.#supply;
    // An error from before we had to wait may have passed: a disk that was full need not be full now.
    if (error !== undefined && this.#isWaitingForSegment) this.#fail(error);
    else {
      this.#isWaitingForSegment = true;
      this.#supply.resume();
    }
    return false;
  }

  #blockWritten({ header, segment, offset, batches }: Block): void {
    this.#lastSequence = header.sequence;
    this.#writtenFirstSegment = header.firstSegment;
    segment.writtenBytes += blockBytes(header.recordsBytes);
    const recordsEnd = offset + blockHeaderBytes + header.recordsBytes;
    let at = offset + blockHeaderBytes;
    for (const { log, sequence, batch } of batches) {
      log.written(batch, { segmentId: segment.id, offset: at, recordsEnd });
      segment.noteIndex(log.group, lastIndexOf(batch));
      at += batch.bytes.length;
      if (this.#durability !== 'memory') this.#noteDurable(log, sequence);
    }
    if (this.#durability === 'sync') this.#reached();
    this.#isUnsealed = batches.length > 0;
    this.#queuedBytes -= header.recordsBytes;
    this.#counts.blocks++;
    this.#counts.records += batches.length;
    this.#counts.recordBytes += header.recordsBytes;
    this.#counts.writtenBytes += blockBytes(header.recordsBytes);
  }

  #flush(): void {
    this.#isFlushDue = false;
    this.#isBusy = true;
    this.#segments.at(-1)!.file.flush((error) => {
      this.#isBusy = false;
      if (error !== null) return this.#fail(error);
      this.#reached();
      this.#pump();
    });
  }

  /** All blocks written are on the disk. */
  #reached(): void {
    this.#durableThrough = this.#lastSequence;
    this.#durableFirstSegment = this.#writtenFirstSegment;
    while (this.#retired.length > 0) {
      const oldest = this.#retired[0]!;
      if (oldest.id >= this.#durableFirstSegment || oldest.readers > 0) return;
      this.#retired.shift();
      this.#supply.recycle(oldest);
    }
  }

  #noteDurable(log: GroupLog, sequence: number): void {
    if (log.unreportedSequence === undefined) this.#unreported.push(log);
    log.unreportedSequence = sequence;
  }

  #report(): void {
    if (this.#unreported.length === 0) return;
    const logs = this.#unreported;
    this.#unreported = [];
    for (const log of logs) {
      const sequence = log.unreportedSequence!;
      log.unreportedSequence = undefined;
      this.#options.events.onDurable(log.group, sequence);
    }
  }

  #fail(error: Error): void {
    this.#failure = failed(error);
    this.#unreported = [];
    for (const stop of this.#stopTimers) stop();
    if (this.#isOpen) this.#options.events.onFailure(this.#failure);
    this.#pump();
  }
}

function failed(error: unknown): ReplicaError {
  const reason = error instanceof Error ? error.message : String(error);
  const what = `the log cannot be written or read: ${reason}`;
  const hint = 'This node acknowledges nothing more. Check the disk (space, health, permissions) and start it again.';
  return new ReplicaError('LOG_FAILED', `${what}. ${hint}`, { cause: error });
}
