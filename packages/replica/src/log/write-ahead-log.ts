// The node's write-ahead log, one for all groups: what is appended is queued for the writer (log-writer.ts), indexed by
// group (group-log.ts), read back (batch-reader.ts), and found again after a crash (recovery.ts). The files: layout.ts.

import type { Batch, GroupId, Index } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { ReplicaError } from '../errors.ts';
import type { Clock, LogPosition, LogStore, LogStoreEvents, RecoveredLog } from '../ports.ts';
import { readBatches } from './batch-reader.ts';
import { DurableReports } from './durable-reports.ts';
import { GroupLog } from './group-log.ts';
import { LogWriter, type QueuedBatch, type WriterCounts } from './log-writer.ts';
import { type FoundLog, type RecoveryProgress, recoverLog } from './recovery.ts';
import type { Segment } from './segment.ts';
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
  readonly #found: FoundLog;
  readonly #groups: Map<GroupId, GroupLog>;
  readonly #recoveredIndexes: ReadonlyMap<GroupId, Index>;
  readonly #segments: SegmentList;
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
    this.#found = found;
    this.#groups = found.groups;
    this.#recoveredIndexes = new Map([...found.groups].map(([group, log]) => [group, log.writtenIndex]));
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
      onWritten: (batches) => this.#written(batches),
      onFailure: (error) => this.#fail(error),
    });
  }

  recovered(group: GroupId): RecoveredLog {
    return {
      base: { index: 0, term: 0 },
      configurations: [],
      lastIndex: this.#recoveredIndexes.get(group) ?? 0,
      termRuns: this.#found.termRuns.get(group)?.runs ?? [],
    };
  }

  append(group: GroupId, sequence: number, batch: Batch): void {
    if (this.#closing !== undefined) throw new ReplicaError('STOPPED', 'the log is closed');
    // The failure was reported; whatever comes later has no answer.
    if (this.#failure !== undefined) return;
    const log = this.#group(group);
    log.append(batch);
    this.#writer.enqueue({ log, sequence, batch });
    if (this.#durability === 'memory') this.#reportSoon(log, sequence);
  }

  reset(_group: GroupId, _sequence: number, _base: LogPosition): void {
    throw new Error('not there yet');
  }

  forget(_group: GroupId): void {
    throw new Error('not there yet');
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
    const log = this.#group(group);
    log.releasedIndex = Math.max(log.releasedIndex, index);
    const retired = this.#segments.retire(1 + this.#settings.retainSegmentsMin, (segment) => this.#isNeeded(segment));
    for (const { id, lastIndexes } of retired) {
      for (const groupThere of lastIndexes.keys()) this.#group(groupThere).spans.dropSegmentsBelow(id + 1);
    }
    // Their files can be reused once a block says that they are not needed.
    if (retired.length > 0) this.#writer.requestBlock();
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

  #isNeeded({ lastIndexes }: Segment): boolean {
    for (const [group, lastIndex] of lastIndexes) {
      if (lastIndex >= this.#group(group).releasedIndex) return true;
    }
    return false;
  }

  #written(batches: readonly QueuedBatch[]): void {
    if (this.#durability === 'memory') return;
    for (const { log, sequence } of batches) this.#reports.note(log, sequence);
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
  const reason = error instanceof Error ? error.message : String(error);
  const what = `the log cannot be written or read: ${reason}`;
  const hint = 'This node acknowledges nothing more. Check the disk (space, health, permissions) and start it again.';
  return new ReplicaError('LOG_FAILED', `${what}. ${hint}`, { cause: error });
}
