// The node's write-ahead log, one for all groups: what is appended is queued for the writer (log-writer.ts), indexed by
// group (group-log.ts), read back (batch-reader.ts), and found again after a crash (recovery.ts). The files: layout.ts.

import type { Batch, GroupId, Index } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { ReplicaError, reasonOf } from '../errors.ts';
import type { Clock, LogObserver, LogPosition, LogStore, LogStoreEvents, LogUsage, RecoveredLog } from '../ports.ts';
import { type LogRecord, sealReset } from '../record.ts';
import { readBatches } from './batch-reader.ts';
import { DurableReports } from './durable-reports.ts';
import { emptyLog } from './found-group.ts';
import { GroupLog } from './group-log.ts';
import { LogWriter, type QueuedRecord, type WriterCounts } from './log-writer.ts';
import { type FoundLog, type RecoveryProgress, recoverLog } from './recovery.ts';
import { Retirement } from './retirement.ts';
import { SegmentList } from './segment-list.ts';
import { SegmentSupply } from './segment-supply.ts';
import { checkLogSettings, type Durability, defaultLogSettings, type WriteAheadLogSettings } from './settings.ts';

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
  /**
   * Draws the 64 bits by which a new log knows its own files and blocks; not called for a log that exists. Default:
   * random. With a seeded source, a simulated log writes the same bytes again.
   */
  readonly drawLogId?: () => bigint;
}

export interface LogStatistics extends WriterCounts {
  readonly segments: number;
  /** Appended, but not written yet. */
  readonly queuedBytes: number;
}

export class WriteAheadLog implements LogStore {
  readonly #clock: Clock;
  readonly #events: LogStoreEvents;
  readonly #durability: Durability;
  readonly #settings: WriteAheadLogSettings;
  readonly #groups: Map<GroupId, GroupLog>;
  readonly #recovered: Map<GroupId, RecoveredLog>;
  readonly #segments: SegmentList;
  readonly #retirement: Retirement;
  readonly #supply: SegmentSupply;
  readonly #writer: LogWriter;
  readonly #reports: DurableReports;
  readonly #stopTimers: (() => void)[] = [];
  readonly #readsUnderWay = new Set<Promise<unknown>>();
  #isOpen = false;
  #failure: ReplicaError | undefined;
  #closing: Promise<void> | undefined;

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
    const durableWrites = durability === 'sync';
    const logId = found.logId ?? (options.drawLogId ?? drawLogId)();
    this.#clock = options.clock;
    this.#events = options.events;
    this.#durability = durability;
    this.#settings = settings;
    this.#groups = found.groups;
    this.#recovered = found.recovered;
    this.#reports = new DurableReports(options.events);
    this.#supply = new SegmentSupply(
      {
        disk: options.disk,
        folder: options.folder,
        logId,
        durableWrites,
        segmentBytes: settings.segmentBytes,
        spareSegmentsMax: settings.spareSegmentsMax,
        onChange: () => this.#writer.pump(),
      },
      { ...found, active: found.segments.at(-1) },
    );
    this.#segments = new SegmentList(found.segments, (segment) => this.#supply.recycle(segment));
    this.#writer = new LogWriter({
      durableWrites,
      blockBytesMax: settings.blockBytesMax,
      logId,
      incarnation: found.incarnation + 1,
      lastSequence: found.lastSequence,
      segments: this.#segments,
      supply: this.#supply,
      nowMs: () => options.clock.nowMs(),
      onWritten: (records) => this.#written(records),
      onFailure: (error) => this.#fail(error),
    });
    this.#retirement = new Retirement({
      segments: this.#segments,
      segmentsMin: 1 + settings.retainSegmentsMin,
      carryOver: (log) => this.#reset(log, log.written, undefined),
      onRetired: () => this.#writer.requestBlock(),
    });
  }

  recovered(group: GroupId): RecoveredLog {
    return this.#recovered.get(group) ?? emptyLog;
  }

  append(group: GroupId, sequence: number, batch: Batch): void {
    if (!this.#takesMore()) return;
    const log = this.#group(group);
    log.append(batch);
    this.#enqueue(log, batch, sequence);
  }

  reset(group: GroupId, sequence: number, base: LogPosition): void {
    if (!this.#takesMore()) return;
    this.#reset(this.#group(group), base, sequence);
    this.#retirement.run();
  }

  forget(group: GroupId): void {
    if (!this.#takesMore()) return;
    this.#recovered.delete(group);
    const log = this.#groups.get(group);
    if (log === undefined) return;
    // Whatever comes later of this group is of another life, and must not be told what became of this one.
    this.#groups.delete(group);
    log.isForgotten = true;
    this.#reset(log, emptyLog.base, undefined);
    this.#retirement.run();
  }

  read(group: GroupId, fromIndex: Index, bytesMax: number): Promise<Batch[]> {
    const log = this.#groups.get(group);
    if (log === undefined) return Promise.resolve([]);
    const read = readBatches(log, (id) => this.#segments.get(id), fromIndex, bytesMax);
    this.#readsUnderWay.add(read);
    const forget = () => this.#readsUnderWay.delete(read);
    read.then(forget, forget);
    return read;
  }

  release(group: GroupId, index: Index): void {
    const log = this.#groups.get(group);
    if (log === undefined || this.#closing !== undefined) return;
    log.releasedIndex = Math.max(log.releasedIndex, index);
    this.#retirement.run();
  }

  usage(): LogUsage {
    return { bytes: this.#segments.writtenBytes, heldBy: this.#retirement.heldBy() };
  }

  observe(observer: LogObserver | undefined): void {
    this.#writer.observe(observer);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  statistics(): LogStatistics {
    return { ...this.#writer.counts, segments: this.#segments.count, queuedBytes: this.#writer.queuedBytes };
  }

  /** Writes the first block of this incarnation, which proves that the disk takes writes. */
  async #start(): Promise<void> {
    try {
      if (this.#segments.count === 0) {
        this.#segments.push(await this.#supply.createFirst(this.#settings.firstSegmentBytes));
      }
      this.#writer.requestBlock();
      await this.#writer.idle();
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      await this.#closeFiles();
      throw error;
    }
    this.#isOpen = true;
    const { sealAfterMs, flushIntervalMs } = this.#settings;
    this.#stopTimers.push(this.#clock.every(sealAfterMs, () => this.#writer.sealIfIdle()));
    if (this.#durability === 'batched') {
      this.#stopTimers.push(this.#clock.every(flushIntervalMs, () => this.#writer.flush()));
    }
    this.#supply.resume();
  }

  async #shutDown(): Promise<void> {
    this.#stopAllTimers();
    await this.#writer.finish();
    await this.#closeFiles();
  }

  async #closeFiles(): Promise<void> {
    await this.#supply.close();
    await Promise.allSettled(this.#readsUnderWay);
    await this.#segments.close();
  }

  #stopAllTimers(): void {
    for (const stop of this.#stopTimers.splice(0)) stop();
  }

  #group(group: GroupId): GroupLog {
    let log = this.#groups.get(group);
    if (log === undefined) {
      log = new GroupLog(group);
      this.#groups.set(group, log);
    }
    return log;
  }

  /** Throws once the log is closed. False after a failure, which was reported: whatever comes later has no answer. */
  #takesMore(): boolean {
    if (this.#closing !== undefined) throw new ReplicaError('STOPPED', 'the log is closed');
    return this.#failure === undefined;
  }

  #reset(log: GroupLog, base: LogPosition, sequence: number | undefined): void {
    const record = sealReset(log.group, base);
    log.reset(base);
    this.#enqueue(log, record, sequence);
  }

  #enqueue(log: GroupLog, record: LogRecord, sequence: number | undefined): void {
    this.#writer.enqueue(log, record, sequence);
    if (this.#durability === 'memory' && sequence !== undefined) this.#reportSoon(log, sequence);
  }

  #written(records: readonly QueuedRecord[]): void {
    if (this.#closing === undefined) this.#retirement.proceed();
    if (this.#durability === 'memory') return;
    for (const { log, sequence } of records) if (sequence !== undefined) this.#reports.note(log, sequence);
    this.#reports.deliver();
  }

  /** Not from within `append`, whose caller is in the middle of something. */
  #reportSoon(log: GroupLog, sequence: number): void {
    this.#reports.note(log, sequence);
    queueMicrotask(() => this.#reports.deliver());
  }

  #fail(error: Error): void {
    this.#failure = failed(error);
    this.#reports.discard();
    this.#stopAllTimers();
    if (this.#isOpen) this.#events.onFailure(this.#failure);
  }
}

function drawLogId(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0]!;
}

function failed(error: unknown): ReplicaError {
  const reason = reasonOf(error);
  const what = `the log cannot be written or read: ${reason}`;
  const hint = 'This node acknowledges nothing more. Check the disk (space, health, permissions) and start it again.';
  return new ReplicaError('LOG_FAILED', `${what}. ${hint}`, { cause: error });
}
