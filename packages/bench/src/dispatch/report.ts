// The whole run as one object. docs/benchmarks.md documents every field.

import { fragmentReceiversMin, fragmentsNeeded } from '@balsa/raft';
import type { DispatchOptions } from '@balsa/replica';
import type { Environment } from '../measure/environment.ts';
import { type LatencySummary, summarizeCorrected, summarizeLatencies } from '../measure/latencies.ts';
import { type Spread, spreadOf } from '../measure/spread.ts';
import { egressMbitOf } from './links/link-plan.ts';
import type { FollowerWindow } from './node-protocol.ts';
import { leaderId, type MeasuredRound, type MeasuredShape } from './run-dispatch.ts';
import { type DispatchSettings, type StrategyName, strategies } from './settings.ts';

export interface DispatchReport {
  readonly benchmark: 'dispatch';
  readonly settings: DispatchSettings;
  readonly environment: Environment;
  readonly shapes: readonly ShapeReport[];
  /** All replicas of every shape counted the same. */
  readonly good: boolean;
}

/** One group width with one size of entries. */
export interface ShapeReport {
  readonly nodes: number;
  readonly valueBytes: number;
  /** Payload bytes per second that the links allow; `null` without caps. */
  readonly limits: PhysicalLimits | null;
  readonly strategies: readonly StrategyReport[];
  readonly replicasEqual: boolean;
}

export interface PhysicalLimits {
  /** The leader sends every entry to everybody else. */
  readonly direct: number;
  /** It sends every entry once. */
  readonly relay: number;
  /** It sends every follower a fragment; as `direct`, where there are too few of them. */
  readonly coded: number;
  /** The best of these. */
  readonly auto: number;
}

export interface StrategyReport {
  readonly strategy: StrategyName;
  readonly dispatch: DispatchOptions;
  readonly entriesPerSecond: Spread;
  readonly payloadBytesPerSecond: Spread;
  /** Those that the slowest node has applied. */
  readonly slowestNodeEntriesPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** Of all nodes, the load in the leader's process included. */
  readonly cpuUsPerEntry: Spread;
  readonly leaderCpuUsPerEntry: Spread;
  /** Outgoing, by node: `[0]` is node 1, the leader; `null`: not known. */
  readonly sentBytesPerSecond: readonly Spread[] | null;
  /** How often each byte of the entries went from one zone into another, with what goes with it; `null` without zones. */
  readonly crossings: Spread | null;
  /** What the busiest node sends, divided by the average of all; `null`: not known. */
  readonly sentUnevenness: Spread | null;
  /** Payload bytes per second, as a part of the limit of this strategy's kind; `null` without caps. */
  readonly ofLimit: Spread | null;
  /** Against the first strategy; `null` for that itself. */
  readonly ratios: StrategyRatios | null;
  readonly rounds: readonly RoundReport[];
}

/** Medians of the quotients of neighbouring rounds. */
export interface StrategyRatios {
  readonly entriesPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuPerEntry: number;
}

export interface RoundReport {
  readonly seconds: number;
  readonly entries: number;
  readonly entriesPerSecond: number;
  readonly slowestNodeEntriesPerSecond: number;
  /** Corrected for coordinated omission. */
  readonly latency: LatencySummary;
  readonly uncorrectedLatency: LatencySummary;
  readonly cpuUsPerEntry: number;
  readonly leaderCpuUsPerEntry: number;
  readonly sentBytesPerSecond: readonly number[] | null;
  /** From zone to zone, in frames; 0 without zones. */
  readonly crossedBytes: number;
  readonly failed: Readonly<Record<string, number>>;
  /** The leader was another for a while, or led in another term. */
  readonly leaderChanged: boolean;
  readonly followers: readonly FollowerWindow[];
}

const bytesPerMegabit = 125_000;

export function dispatchReport(
  settings: DispatchSettings,
  environment: Environment,
  measured: readonly MeasuredShape[],
): DispatchReport {
  const shapes = measured.map((shape) => shapeReport(settings, shape));
  return {
    benchmark: 'dispatch',
    settings,
    environment,
    shapes,
    good: shapes.every(({ replicasEqual }) => replicasEqual),
  };
}

function shapeReport(settings: DispatchSettings, { nodes, valueBytes, rounds, states }: MeasuredShape): ShapeReport {
  const limits = limitsOf(settings, nodes);
  const roundsOf = (strategy: StrategyName): RoundReport[] =>
    rounds.filter((round) => round.strategy === strategy).map(roundReport);
  const [first] = settings.strategies;
  const ofFirst = roundsOf(first!);
  const reports = settings.strategies.map((strategy) =>
    strategyReport(
      settings,
      strategy,
      valueBytes,
      limits,
      roundsOf(strategy),
      strategy === first ? undefined : ofFirst,
    ),
  );
  const counted = new Set(states.map(({ entries, bytes }) => `${entries} ${bytes}`));
  return { nodes, valueBytes, limits, strategies: reports, replicasEqual: counted.size === 1 };
}

function limitsOf({ egressMbit, slow }: DispatchSettings, nodes: number): PhysicalLimits | null {
  if (egressMbit === null) return null;
  const leader = egressMbitOf(leaderId, egressMbit, slow) * bytesPerMegabit;
  const followers = nodes - 1;
  const copies = followers < fragmentReceiversMin ? followers : followers / fragmentsNeeded(followers);
  return { direct: leader / followers, relay: leader, coded: leader / copies, auto: leader };
}

function roundReport({ windows }: MeasuredRound): RoundReport {
  const leader = windows[leaderId - 1]!;
  const { seconds, load } = leader;
  const { completed, failed, latenciesUs } = load ?? { completed: 0, failed: {}, latenciesUs: [] };
  const sent = windows.map((window) => (window.sentBytes === null ? null : window.sentBytes / window.seconds));
  const cpuUs = windows.reduce((sum, window) => sum + window.cpuUs, 0);
  return {
    seconds,
    entries: completed,
    entriesPerSecond: completed / seconds,
    slowestNodeEntriesPerSecond: Math.min(...windows.map((window) => window.applied / window.seconds)),
    latency: summarizeCorrected(latenciesUs),
    uncorrectedLatency: summarizeLatencies(latenciesUs),
    cpuUsPerEntry: cpuUs / completed,
    leaderCpuUsPerEntry: leader.cpuUs / completed,
    sentBytesPerSecond: sent.every((bytes) => bytes !== null) ? sent : null,
    crossedBytes: windows.reduce((sum, window) => sum + window.crossedBytes, 0),
    failed,
    leaderChanged: leader.terms > 0,
    followers: leader.followers,
  };
}

function strategyReport(
  { zones }: DispatchSettings,
  strategy: StrategyName,
  valueBytes: number,
  limits: PhysicalLimits | null,
  rounds: readonly RoundReport[],
  firsts: readonly RoundReport[] | undefined,
): StrategyReport {
  const spread = (figure: (round: RoundReport) => number): Spread => spreadOf(rounds.map(figure));
  const dispatch: DispatchOptions = strategies[strategy];
  const limit = limits?.[dispatch.strategy];
  const sent = rounds.flatMap(({ sentBytesPerSecond }) => (sentBytesPerSecond === null ? [] : [sentBytesPerSecond]));
  const isSentKnown = sent.length === rounds.length;
  return {
    strategy,
    dispatch,
    entriesPerSecond: spread((round) => round.entriesPerSecond),
    payloadBytesPerSecond: spread((round) => round.entriesPerSecond * valueBytes),
    slowestNodeEntriesPerSecond: spread((round) => round.slowestNodeEntriesPerSecond),
    p50Ms: spread((round) => round.latency.p50Ms),
    p99Ms: spread((round) => round.latency.p99Ms),
    cpuUsPerEntry: spread((round) => round.cpuUsPerEntry),
    leaderCpuUsPerEntry: spread((round) => round.leaderCpuUsPerEntry),
    sentBytesPerSecond: isSentKnown ? sent[0]!.map((_, node) => spreadOf(sent.map((bytes) => bytes[node]!))) : null,
    crossings: zones.length === 0 ? null : spread((round) => round.crossedBytes / (round.entries * valueBytes)),
    sentUnevenness: isSentKnown ? spreadOf(sent.map(unevenness)) : null,
    ofLimit: limit === undefined ? null : spread((round) => (round.entriesPerSecond * valueBytes) / limit),
    ratios: firsts === undefined ? null : ratiosOf(rounds, firsts),
    rounds,
  };
}

function unevenness(sent: readonly number[]): number {
  return (Math.max(...sent) * sent.length) / sent.reduce((sum, bytes) => sum + bytes, 0);
}

function ratiosOf(rounds: readonly RoundReport[], firsts: readonly RoundReport[]): StrategyRatios {
  const ratio = (figure: (round: RoundReport) => number): number =>
    spreadOf(rounds.map((round, i) => figure(round) / figure(firsts[i]!))).median;
  return {
    entriesPerSecond: ratio((round) => round.entriesPerSecond),
    p50: ratio((round) => round.latency.p50Ms),
    p99: ratio((round) => round.latency.p99Ms),
    cpuPerEntry: ratio((round) => round.cpuUsPerEntry),
  };
}
