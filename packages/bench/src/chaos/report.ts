// What a chaos run yields; docs/chaos.md documents every field.

import { LatencyRecorder, type LatencySummary, summarizeLatencies } from '../measure/latencies.ts';
import { textTable } from '../text-table.ts';
import type { FaultCounts } from './chaos-cluster.ts';
import type { NetworkKind } from './network/chaos-network.ts';
import type { RoundKind } from './plan.ts';

/** Stalls of one kind of round, in ms. */
export interface StallSummary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LeftOut {
  readonly kind: RoundKind;
  readonly reason: string;
}

export interface ChaosReport {
  readonly benchmark: 'chaos';
  readonly seed: number;
  readonly nodes: number;
  readonly network: NetworkKind;
  /** Kinds of rounds that this machine or network could not play, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Rounds that were completed and checked. */
  readonly rounds: number;
  readonly seconds: number;
  /** SIGKILLs, SIGSTOPs, cuts, caps of bandwidth, delays, and disks that were filled. */
  readonly faults: FaultCounts;
  /** Connections of strangers with bytes that mean harm. */
  readonly attacks: number;
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
  /** Operations on registers that were checked for linearizability. */
  readonly registerWrites: number;
  readonly registerReads: number;
  /** Registers for which the check gave up. */
  readonly registersUndecided: number;
  /** Whether, after every round, all replicas had the same checksum at the same applied index. */
  readonly replicasEqual: boolean;
  /** How long writes stood still in each kind of round: the longest time between two acknowledgements, over all writers. */
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
    // Percentiles are rounded up, by less than 0.1 %.
    const [p50, p99] = [Math.min(p50Ms, maxMs), Math.min(p99Ms, maxMs)];
    return { count: this.#counts.get(kind) ?? 0, p50, p99, max: maxMs };
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
  const { seed, network, rounds, seconds, faults, attacks, stallMs } = report;
  const lines = [
    `${rounds} rounds in ${seconds.toFixed(0)} s, seed ${seed}, network ${network}: ${faults.kills} kills, ` +
      `${faults.pauses} pauses, ${faults.cuts} cuts, ${faults.caps} caps of bandwidth, ${faults.delays} slow links, ` +
      `${faults.fullDisks} full disks, ${attacks} attacks by strangers`,
    `rows: ${report.acknowledged} acknowledged, ${report.unknown} unknown, ${report.rejected} rejected`,
    `found: ${report.lost} lost, ${report.duplicated} duplicated, ${report.foreign} foreign, ${report.damaged} damaged, ` +
      `${report.torn} torn; replicas ${report.replicasEqual ? 'equal' : 'DIFFERENT'}`,
    `registers: ${report.registerReads} reads and ${report.registerWrites} writes checked for linearizability` +
      (report.registersUndecided === 0 ? '' : `; ${report.registersUndecided} registers undecided`),
    ...stallTable(stallMs),
  ];
  for (const { kind, reason } of report.leftOut) lines.push(`left out: ${kind} (${reason})`);
  for (const violation of report.violations) lines.push(`VIOLATION: ${violation}`);
  lines.push(
    report.good
      ? 'Nothing was lost.'
      : `FAILED with seed ${seed}; data, logs and the history of the last round: ${report.folder}`,
  );
  return lines.join('\n');
}

function stallTable(stallMs: ChaosReport['stallMs']): string[] {
  const rows = Object.entries(stallMs).map(([kind, { count, p50, max }]) => [
    kind,
    `${count}`,
    p50.toFixed(0),
    max.toFixed(0),
  ]);
  return rows.length === 0 ? [] : ['', textTable([['round', 'played', 'stall p50, ms', 'longest, ms'], ...rows]), ''];
}
