// What the tests of the log share: sealed batches, a clock that stands still, and events that can be waited for.

import { type Batch, BatchKind, type Configuration, type GroupId } from '@balsa/raft';
import { sealConfigurationRecord } from '../host/batch-builder.ts';
import type { Clock, LogStoreEvents } from '../ports.ts';
import { entryHeaderBytes, recordHeaderBytes, sealRecord } from '../record.ts';
import type { WriteAheadLogSettings } from './settings.ts';

export interface BatchOptions {
  readonly group?: GroupId;
  readonly firstIndex: number;
  readonly count?: number;
  readonly term?: number;
  readonly prevTerm?: number;
  /** Of every entry. */
  readonly payloadBytes?: number;
  /** Fills the payload, so that batches differ. */
  readonly fill?: number;
}

export function createBatch(options: BatchOptions): Batch {
  const { group = 1, firstIndex, count = 1, term = 1, payloadBytes = 16, fill = 0 } = options;
  const prevTerm = options.prevTerm ?? (firstIndex === 1 ? 0 : term);
  const entryBytes = entryHeaderBytes + payloadBytes;
  const bytes = Buffer.alloc(recordHeaderBytes + count * entryBytes, fill);
  for (let i = 0; i < count; i++) bytes.writeUInt32LE(payloadBytes, recordHeaderBytes + i * entryBytes);
  const header = { kind: BatchKind.entries, term, prevTerm, firstIndex, count };
  sealRecord(bytes, group, header);
  return { ...header, bytes };
}

export interface ConfigurationBatchOptions extends Pick<BatchOptions, 'group' | 'firstIndex' | 'term' | 'prevTerm'> {
  readonly configuration: Configuration;
}

/** One entry that says who belongs to the group. */
export function createConfigurationBatch(options: ConfigurationBatchOptions): Batch {
  const { group = 1, firstIndex, term = 1, configuration } = options;
  const prevTerm = options.prevTerm ?? (firstIndex === 1 ? 0 : term);
  const header = { kind: BatchKind.configuration, term, prevTerm, firstIndex, count: 1 };
  return { ...header, bytes: sealConfigurationRecord(group, header, configuration), configuration };
}

/** A clock that is set by hand, whose timers fire when a test says so. */
export class ManualClock implements Clock {
  atMs = 0;
  #timers: { readonly periodMs: number; readonly tick: () => void }[] = [];

  get timers(): number {
    return this.#timers.length;
  }

  nowMs(): number {
    return this.atMs;
  }

  every(periodMs: number, tick: () => void): () => void {
    const timer = { periodMs, tick };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  defer(task: () => void): void {
    queueMicrotask(task);
  }

  /** Fires every timer with this period, or all. */
  fire(periodMs?: number): void {
    for (const timer of this.#timers) {
      if (periodMs === undefined || timer.periodMs === periodMs) timer.tick();
    }
  }
}

export class RecordedEvents implements LogStoreEvents {
  readonly durable: [group: GroupId, sequence: number][] = [];
  readonly failures: Error[] = [];
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  onDurable(group: GroupId, sequence: number): void {
    this.durable.push([group, sequence]);
    this.#check();
  }

  onFailure(error: Error): void {
    this.failures.push(error);
    this.#check();
  }

  /** The highest durable sequence of a group, 0 for none. */
  durableOf(group: GroupId): number {
    return this.durable.findLast(([of]) => of === group)?.[1] ?? 0;
  }

  reached(group: GroupId, sequence: number): Promise<void> {
    return this.#until(() => this.durableOf(group) >= sequence);
  }

  failed(): Promise<void> {
    return this.#until(() => this.failures.length > 0);
  }

  #until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isMet, resolve });
      this.#check();
    });
  }

  #check(): void {
    for (const waiting of this.#waiting.filter(({ isMet }) => isMet())) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.resolve();
    }
  }
}

export const killTestSettings: Partial<WriteAheadLogSettings> = {
  segmentBytes: 1024 * 1024,
  firstSegmentBytes: 1024 * 1024,
  blockBytesMax: 128 * 1024,
};

/** What the process that is killed appends as entry `index`. */
export function killTestBatch(index: number): Batch {
  return createBatch({ firstIndex: index, payloadBytes: 100 + ((index * 7919) % 6000), fill: index % 256 });
}
