// The whole run as one object: every round, medians with their range, and ratios to peers.
// docs/benchmarks.md documents every field.

import type { Environment } from '../measure/environment.ts';
import { medianRatio, medianRatioIfKnown, type Spread, spreadOf, spreadOfKnown } from '../measure/spread.ts';
import type { RoundResult } from './result.ts';
import type { WritesSettings } from './settings.ts';

export interface SystemReport {
  readonly system: string;
  readonly description: string;
  readonly operationsPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly p999Ms: Spread;
  readonly uncorrectedP99Ms: Spread;
  /** `null` where the platform does not tell. */
  readonly serverCpuUsPerOperation: Spread | null;
  readonly generatorCpuUsPerOperation: Spread | null;
  readonly bytesPerFlush: Spread | null;
  /** Over all rounds. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly rounds: readonly RoundResult[];
}

/** Medians over the rounds of Balsa's figure divided by the peer's of the same round. */
export interface PeerRatios {
  /** Above 1: Balsa does more. */
  readonly operationsPerSecond: number;
  /** Below 1: Balsa answers sooner. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Below 1: Balsa's servers spend less. */
  readonly serverCpuPerOperation: number | null;
}

export interface WritesReport {
  readonly benchmark: 'writes';
  readonly settings: WritesSettings;
  readonly environment: Environment;
  readonly systems: readonly SystemReport[];
  /** By name of the peer; empty without one. */
  readonly ratios: Readonly<Record<string, PeerRatios>>;
}

export interface MeasuredSystem {
  readonly system: string;
  readonly description: string;
  /** At least one; round i of every system ran next to round i of the others. */
  readonly rounds: readonly RoundResult[];
}

/** `systems[0]` is Balsa; the others are peers. */
export function writesReport(
  settings: WritesSettings,
  environment: Environment,
  systems: readonly MeasuredSystem[],
): WritesReport {
  const [balsa, ...peers] = systems;
  return {
    benchmark: 'writes',
    settings,
    environment,
    systems: systems.map(systemReport),
    ratios: Object.fromEntries(peers.map((peer) => [peer.system, ratios(balsa!.rounds, peer.rounds)])),
  };
}

function systemReport({ system, description, rounds }: MeasuredSystem): SystemReport {
  const spread = (figure: (round: RoundResult) => number): Spread => spreadOf(rounds.map(figure));
  const spreadIfKnown = (figure: (round: RoundResult) => number | null): Spread | null =>
    spreadOfKnown(rounds.map(figure));
  const statuses: Record<string, number> = {};
  for (const round of rounds) {
    for (const [status, count] of Object.entries(round.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  }
  return {
    system,
    description,
    operationsPerSecond: spread((round) => round.operationsPerSecond),
    p50Ms: spread((round) => round.latency.p50Ms),
    p99Ms: spread((round) => round.latency.p99Ms),
    p999Ms: spread((round) => round.latency.p999Ms),
    uncorrectedP99Ms: spread((round) => round.uncorrectedLatency.p99Ms),
    serverCpuUsPerOperation: spreadIfKnown((round) => round.serverCpuUsPerOperation),
    generatorCpuUsPerOperation: spreadIfKnown((round) => round.generatorCpuUsPerOperation),
    bytesPerFlush: spreadIfKnown((round) => round.bytesPerFlush),
    statuses,
    rounds,
  };
}

function ratios(ours: readonly RoundResult[], theirs: readonly RoundResult[]): PeerRatios {
  const ratio = (figure: (round: RoundResult) => number): number => medianRatio(ours, theirs, figure);
  return {
    operationsPerSecond: ratio((round) => round.operationsPerSecond),
    p50: ratio((round) => round.latency.p50Ms),
    p99: ratio((round) => round.latency.p99Ms),
    p999: ratio((round) => round.latency.p999Ms),
    serverCpuPerOperation: medianRatioIfKnown(ours, theirs, (round) => round.serverCpuUsPerOperation),
  };
}
