// The whole run as one object. docs/benchmarks.md documents every field.

import type { Environment } from '../measure/environment.ts';
import { medianRatio, medianRatioIfKnown, type Spread, spreadOf, spreadOfKnown } from '../measure/spread.ts';
import type { IngestRound, MeasuredIngest } from './run-ingest.ts';
import type { IngestSettings } from './settings.ts';

export interface IngestSystemReport {
  readonly system: string;
  readonly description: string;
  readonly pointsPerSecond: Spread;
  /** For each second that one core was busy in the servers until the last answer, and until all was flushed and merged. */
  readonly pointsPerCpuSecond: Spread | null;
  readonly mergedPointsPerCpuSecond: Spread | null;
  readonly serverCpuUsPerPoint: Spread | null;
  readonly mergedCpuUsPerPoint: Spread | null;
  readonly clientCpuUsPerPoint: Spread;
  readonly batchP50Ms: Spread;
  readonly batchP99Ms: Spread;
  readonly peakResidentBytes: Spread | null;
  readonly sentBytesPerPoint: Spread;
  readonly storageBytesPerPoint: Spread;
  readonly logBytes: Spread;
  readonly settleSeconds: Spread;
  readonly restartSeconds: Spread;
  readonly rounds: readonly IngestRound[];
}

/** Medians over the rounds of the first system's figure divided by the other's of the same round. */
export interface IngestRatios {
  /** Above 1: the first takes more. */
  readonly pointsPerSecond: number;
  readonly pointsPerCpuSecond: number | null;
  readonly mergedPointsPerCpuSecond: number | null;
  /** Below 1: the first answers sooner, needs less. */
  readonly batchP99: number;
  readonly storageBytesPerPoint: number;
  readonly peakResidentBytes: number | null;
}

export interface IngestReport {
  readonly benchmark: 'ingest';
  readonly settings: IngestSettings;
  readonly environment: Environment;
  readonly systems: readonly IngestSystemReport[];
  /** Of the first to each of the others, by name. */
  readonly ratios: Readonly<Record<string, IngestRatios>>;
}

export function ingestReport(
  settings: IngestSettings,
  environment: Environment,
  measured: readonly MeasuredIngest[],
): IngestReport {
  const [first, ...others] = measured;
  return {
    benchmark: 'ingest',
    settings,
    environment,
    systems: measured.map(systemReport),
    ratios: Object.fromEntries(others.map(({ system, rounds }) => [system, ratios(first!.rounds, rounds)])),
  };
}

function systemReport({ system, description, rounds }: MeasuredIngest): IngestSystemReport {
  const spread = (figure: (round: IngestRound) => number): Spread => spreadOf(rounds.map(figure));
  const spreadIfKnown = (figure: (round: IngestRound) => number | null): Spread | null =>
    spreadOfKnown(rounds.map(figure));
  return {
    system,
    description,
    pointsPerSecond: spread((round) => round.pointsPerSecond),
    pointsPerCpuSecond: spreadIfKnown((round) => round.pointsPerCpuSecond),
    mergedPointsPerCpuSecond: spreadIfKnown((round) => round.mergedPointsPerCpuSecond),
    serverCpuUsPerPoint: spreadIfKnown((round) => round.serverCpuUsPerPoint),
    mergedCpuUsPerPoint: spreadIfKnown((round) => round.mergedCpuUsPerPoint),
    clientCpuUsPerPoint: spread((round) => round.clientCpuUsPerPoint),
    batchP50Ms: spread((round) => round.latency.p50Ms),
    batchP99Ms: spread((round) => round.latency.p99Ms),
    peakResidentBytes: spreadIfKnown((round) => round.peakResidentBytes),
    sentBytesPerPoint: spread((round) => round.sentBytesPerPoint),
    storageBytesPerPoint: spread((round) => round.storageBytesPerPoint),
    logBytes: spread((round) => round.logBytes),
    settleSeconds: spread((round) => round.settleSeconds),
    restartSeconds: spread((round) => round.restartSeconds),
    rounds,
  };
}

function ratios(ours: readonly IngestRound[], theirs: readonly IngestRound[]): IngestRatios {
  const ratio = (figure: (round: IngestRound) => number): number => medianRatio(ours, theirs, figure);
  const ratioIfKnown = (figure: (round: IngestRound) => number | null): number | null =>
    medianRatioIfKnown(ours, theirs, figure);
  return {
    pointsPerSecond: ratio((round) => round.pointsPerSecond),
    pointsPerCpuSecond: ratioIfKnown((round) => round.pointsPerCpuSecond),
    mergedPointsPerCpuSecond: ratioIfKnown((round) => round.mergedPointsPerCpuSecond),
    batchP99: ratio((round) => round.latency.p99Ms),
    storageBytesPerPoint: ratio((round) => round.storageBytesPerPoint),
    peakResidentBytes: ratioIfKnown((round) => round.peakResidentBytes),
  };
}
