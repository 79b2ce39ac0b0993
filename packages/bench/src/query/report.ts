// The whole run as one object. docs/benchmarks.md documents every field.

import type { Environment } from '../measure/environment.ts';
import { medianRatio, type Spread, spreadOf } from '../measure/spread.ts';
import type { Settling } from '../series/series-target.ts';
import { type QueryName, queryKinds } from './queries.ts';
import type { Disagreement, MeasuredQuery, MeasuredSystem, QueryRound, QueryRun } from './run-query.ts';
import type { QuerySettings } from './settings.ts';

export interface QueryFigures {
  readonly query: QueryName;
  readonly title: string;
  /** Over all rounds. */
  readonly asked: number;
  readonly valuesPerAnswer: number;
  /** Spreads over the rounds, from when a question is sent until the last byte of its answer is there. */
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** On average over all rounds. `null` where the platform does not tell. */
  readonly serverCpuMs: number | null;
  readonly rounds: readonly QueryRound[];
}

export interface QuerySystemReport {
  readonly system: string;
  readonly description: string;
  readonly filledPointsPerSecond: number;
  readonly settled: Settling;
  readonly filledResidentBytes: number | null;
  readonly peakResidentBytes: number | null;
  readonly queries: readonly QueryFigures[];
}

/** Medians over the rounds of the first system's latency divided by the other's of the same round. Below 1: the first answers sooner. */
export interface QueryRatio {
  readonly query: QueryName;
  readonly p50: number;
  readonly p99: number;
}

export interface QueryReport {
  readonly benchmark: 'query';
  readonly settings: QuerySettings;
  readonly environment: Environment;
  readonly systems: readonly QuerySystemReport[];
  /** Of the first to each of the others, by name. */
  readonly ratios: Readonly<Record<string, readonly QueryRatio[]>>;
  /** Answers that are not what the seed says. */
  readonly disagreements: readonly Disagreement[];
  readonly good: boolean;
}

export function queryReport(settings: QuerySettings, environment: Environment, run: QueryRun): QueryReport {
  const [first, ...others] = run.systems;
  return {
    benchmark: 'query',
    settings,
    environment,
    systems: run.systems.map(systemReport),
    ratios: Object.fromEntries(others.map(({ system, queries }) => [system, ratios(first!.queries, queries)])),
    disagreements: run.disagreements,
    good: run.disagreements.length === 0,
  };
}

function systemReport({
  system,
  description,
  written,
  settled,
  queries,
  ...memory
}: MeasuredSystem): QuerySystemReport {
  const { filledResidentBytes, peakResidentBytes } = memory;
  return {
    system,
    description,
    filledPointsPerSecond: written.points / written.seconds,
    settled,
    filledResidentBytes,
    peakResidentBytes,
    queries: queries.map(figuresOf),
  };
}

function figuresOf({ query, rounds }: MeasuredQuery): QueryFigures {
  const sum = (figure: (round: QueryRound) => number): number => rounds.reduce((total, it) => total + figure(it), 0);
  const asked = sum((round) => round.asked);
  const cpuMs = sum((round) => round.serverCpuMs ?? Number.NaN);
  return {
    query,
    title: queryKinds[query].title,
    asked,
    valuesPerAnswer: sum((round) => round.values) / asked,
    p50Ms: spreadOf(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: spreadOf(rounds.map(({ p99Ms }) => p99Ms)),
    serverCpuMs: Number.isNaN(cpuMs) ? null : cpuMs / asked,
    rounds,
  };
}

function ratios(ours: readonly MeasuredQuery[], theirs: readonly MeasuredQuery[]): QueryRatio[] {
  return ours.map(({ query, rounds }, i) => {
    const ratio = (figure: (round: QueryRound) => number): number => medianRatio(rounds, theirs[i]!.rounds, figure);
    return { query, p50: ratio(({ p50Ms }) => p50Ms), p99: ratio(({ p99Ms }) => p99Ms) };
  });
}
