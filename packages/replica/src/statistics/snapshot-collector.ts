// What becomes of a group's snapshots.

import type { SnapshotStatistics } from './report.ts';
import { WindowedDistribution } from './windowed-distribution.ts';

export class SnapshotCollector {
  readonly #nowMs: () => number;
  readonly #takenMs: WindowedDistribution;
  readonly #takenBytes: WindowedDistribution;
  readonly #fetchedMs: WindowedDistribution;
  readonly #fetchedBytes: WindowedDistribution;
  readonly #restoredMs: WindowedDistribution;
  #failed = 0;
  #offered = 0;
  /** Of the first offer that has not led to a snapshot yet. */
  #fetchingSinceMs: number | undefined;

  constructor(windowMs: number, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#takenMs = WindowedDistribution.ofMs(windowMs);
    this.#takenBytes = WindowedDistribution.ofWhole(windowMs);
    this.#fetchedMs = WindowedDistribution.ofMs(windowMs);
    this.#fetchedBytes = WindowedDistribution.ofWhole(windowMs);
    this.#restoredMs = WindowedDistribution.ofMs(windowMs);
  }

  taken(bytes: number, beganMs: number): void {
    const nowMs = this.#nowMs();
    this.#takenMs.record(nowMs - beganMs, nowMs);
    this.#takenBytes.record(bytes, nowMs);
  }

  failed(): void {
    this.#failed++;
  }

  restored(beganMs: number): void {
    const nowMs = this.#nowMs();
    this.#restoredMs.record(nowMs - beganMs, nowMs);
  }

  fetchBegins(): void {
    this.#fetchingSinceMs ??= this.#nowMs();
  }

  fetched(bytes: number): void {
    const beganMs = this.#fetchingSinceMs;
    if (beganMs === undefined) return;
    this.#fetchingSinceMs = undefined;
    const nowMs = this.#nowMs();
    this.#fetchedMs.record(nowMs - beganMs, nowMs);
    this.#fetchedBytes.record(bytes, nowMs);
  }

  offered(): void {
    this.#offered++;
  }

  report(nowMs: number, sinceMs: number): SnapshotStatistics {
    return {
      takenMs: this.#takenMs.report(nowMs, sinceMs),
      takenBytes: this.#takenBytes.report(nowMs, sinceMs),
      failed: this.#failed,
      fetchedMs: this.#fetchedMs.report(nowMs, sinceMs),
      fetchedBytes: this.#fetchedBytes.report(nowMs, sinceMs),
      restoredMs: this.#restoredMs.report(nowMs, sinceMs),
      offered: this.#offered,
    };
  }
}
