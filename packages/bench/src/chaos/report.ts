// What a chaos run yields; docs/benchmarks.md documents every field.

import { LatencyRecorder, type LatencySummary, summarizeLatencies } from '../measure/latencies.ts';
import type { RoundKind } from './plan.ts';

/** Stalls of one kind of round, in ms. */
export interface StallSummary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface ChaosReport {
  readonly benchmark: 'chaos';
  readonly seed: number;
  readonly nodes: number;
  /** Rounds that were completed and checked. */
  readonly rounds: number;
  readonly seconds: number;
  /** SIGKILLs and SIGSTOPs that were sent. */
  readonly kills: number;
  readonly pauses: number;
  /** Rows whose writer was told success: each must be there, exactly once. */
  readonly acknowledged: number;
  /** Rows whose writer was told nothing definite: each may be there once, or not at all. */
  readonly unknown: number;
  /** Rows whose writer was told that they will not be there. */
  readonly rejected: number;
  /** Acknowledged rows that are missing. */
  readonly lost: number;
  /** Rows that were applied more than once. */
  readonly duplicated: number;
  /** Rows that nobody sent, or whose write was refused. */
  readonly foreign: number;
  /** Rows with a value that was not sent. */
  readonly damaged: number;
  /** Writes of which only a part is there. */
  readonly torn: number;
  /** Whether, after every round, all replicas had the same checksum at the same applied index. */
  readonly replicasEqual: boolean;
  /** How long writes stood still when the leader was killed: between two acknowledgements, over all writers. */
  readonly failoverMs: StallSummary | null;
  /** The same for every kind of round. */
  readonly stallMs: Readonly<Partial<Record<RoundKind, StallSummary>>>;
  /** What went wrong, in words; empty if nothing did. */
  readonly violations: readonly string[];
  readonly good: boolean;
  /** Where data and logs lie; `null` if they have been removed. */
  readonly folder: string | null;
}

/** Stalls by kind of round. */
export class StallStatistics {
  readonly #recorders = new Map<RoundKind, LatencyRecorder>();
  readonly #counts = new Map<RoundKind, number>();

  record(kind: RoundKind, stallMs: number): void {
    const recorder = this.#recorders.get(kind) ?? new LatencyRecorder();
    this.#recorders.set(kind, recorder);
    recorder.record(stallMs * 1000);
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  summary(kind: RoundKind): StallSummary | null {
    const recorder = this.#recorders.get(kind);
    if (recorder === undefined) return null;
    const { p50Ms, p99Ms, maxMs }: LatencySummary = summarizeLatencies(recorder.pairs());
    return { count: this.#counts.get(kind) ?? 0, p50: p50Ms, p99: p99Ms, max: maxMs };
  }

  summaries(): Partial<Record<RoundKind, StallSummary>> {
    const result: Partial<Record<RoundKind, StallSummary>> = {};
    for (const kind of this.#recorders.keys()) {
      const summary = this.summary(kind);
      if (summary !== null) result[kind] = summary;
    }
    return result;
  }
}

export function describeChaos(report: ChaosReport): string {
  const { seed, rounds, seconds, kills, pauses, acknowledged, unknown, rejected, failoverMs } = report;
  const lines = [
    `${rounds} rounds in ${seconds.toFixed(0)} s, seed ${seed}: ${kills} kills, ${pauses} pauses`,
    `rows: ${acknowledged} acknowledged, ${unknown} unknown, ${rejected} rejected`,
    `found: ${report.lost} lost, ${report.duplicated} duplicated, ${report.foreign} foreign, ${report.damaged} damaged, ` +
      `${report.torn} torn; replicas ${report.replicasEqual ? 'equal' : 'DIFFERENT'}`,
  ];
  if (failoverMs !== null) {
    const { count, p50, p99, max } = failoverMs;
    lines.push(
      `failover: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, longest ${max.toFixed(0)} ms of ${count} killed leaders`,
    );
  }
  for (const violation of report.violations) lines.push(`VIOLATION: ${violation}`);
  lines.push(report.good ? 'Nothing was lost.' : `FAILED; data and logs: ${report.folder}`);
  return lines.join('\n');
}
