// What the node's log tells of its blocks. The log serves all groups, so this is collected once for the host.

import type { BlockTimes, LogObserver } from '../ports.ts';
import type { LogFigures } from './report.ts';
import { WindowedDistribution } from './windowed-distribution.ts';

export class LogCollector implements LogObserver {
  readonly #queueMs: WindowedDistribution;
  readonly #writeMs: WindowedDistribution;
  readonly #flushMs: WindowedDistribution;
  readonly #blockRecords: WindowedDistribution;
  readonly #blockBytes: WindowedDistribution;
  #segmentWaits = 0;
  /** Of the block whose records are reported as durable next. */
  #lastWriteBeganMs: number | undefined;

  constructor(windowMs: number) {
    this.#queueMs = WindowedDistribution.ofMs(windowMs);
    this.#writeMs = WindowedDistribution.ofMs(windowMs);
    this.#flushMs = WindowedDistribution.ofMs(windowMs);
    this.#blockRecords = WindowedDistribution.ofWhole(windowMs);
    this.#blockBytes = WindowedDistribution.ofWhole(windowMs);
  }

  get lastWriteBeganMs(): number | undefined {
    return this.#lastWriteBeganMs;
  }

  blockWritten({ records, blockBytes, queuedMs, beganMs, doneMs, waitedForSegment }: BlockTimes): void {
    this.#lastWriteBeganMs = beganMs;
    if (queuedMs !== undefined) this.#queueMs.record(beganMs - queuedMs, doneMs);
    this.#writeMs.record(doneMs - beganMs, doneMs);
    this.#blockRecords.record(records, doneMs);
    this.#blockBytes.record(blockBytes, doneMs);
    if (waitedForSegment) this.#segmentWaits++;
  }

  flushed(beganMs: number, doneMs: number): void {
    this.#flushMs.record(doneMs - beganMs, doneMs);
  }

  report(nowMs: number, sinceMs: number): LogFigures {
    return {
      queueMs: this.#queueMs.report(nowMs, sinceMs),
      writeMs: this.#writeMs.report(nowMs, sinceMs),
      flushMs: this.#flushMs.report(nowMs, sinceMs),
      blockRecords: this.#blockRecords.report(nowMs, sinceMs),
      blockBytes: this.#blockBytes.report(nowMs, sinceMs),
      segmentWaits: this.#segmentWaits,
    };
  }
}
