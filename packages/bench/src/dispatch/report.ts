// The whole run as one object. docs/benchmarks.md documents every field.

import { fragmentReceiversMin, fragmentsNeeded } from '@balsa/raft';
import type { DispatchOptions } from '@balsa/replica';
import type { Acknowledgement } from '@balsa/wire';
import type { Environment } from '../measure/environment.ts';
import { type LatencySummary, summarizeCorrected, summarizeLatencies } from '../measure/latencies.ts';
import { medianRatio, type Spread, spreadOf } from '../measure/spread.ts';
import { egressMbitOf } from './links/link-plan.ts';
import type { FollowerWindow, WindowLoad } from './node-protocol.ts';
import { leaderId, type MeasuredKill, type MeasuredRound, type MeasuredShape } from './run-dispatch.ts';
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
  /** What clients waited for. */
  readonly acknowledge: Acknowledgement;
  /** Followers kept what overtook. */
  readonly hasWindow: boolean;
  /** Of which clients were told what they waited for. */
  readonly entriesPerSecond: Spread;
  readonly payloadBytesPerSecond: Spread;
  /** Those that the leader, and the slowest node, have applied. */
  readonly appliedPerSecond: Spread;
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
  /** What the slow nodes cost; `null`: it was not measured without them. */
  readonly slowness: SlownessReport | null;
  /** One for each relay that was killed. */
  readonly kills: readonly KillReport[];
  /** Against the first strategy; `null` for that itself. */
  readonly ratios: StrategyRatios | null;
  readonly rounds: readonly RoundReport[];
}

/** With the slow nodes, against without them. */
export interface SlownessReport {
  /** Without. */
  readonly entriesPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly ratios: StrategyRatios;
}

/** What the leader's clients saw when a node through which others were fed was killed. */
export interface KillReport {
  readonly killed: number;
  /** How long the leader went on feeding others through it; 0: no longer than a look takes. */
  readonly relayedForMs: number;
  /** The longest time in which nothing was committed, before and from the kill on. */
  readonly longestStallMsBefore: number;
  readonly longestStallMs: number;
  /** The longest that a client waited, before and from the kill on. */
  readonly longestCommitMsBefore: number;
  readonly longestCommitMs: number;
  /** From when on, in every half second, as much was committed as 80 % of what was before; `null`: that was not seen. */
  readonly recoveredMs: number | null;
  /** What a lost message may cost: two heartbeats, and the way there and back, for which the median from entry to answer stands. */
  readonly retryMs: number;
  /** Nobody waited longer than that, beyond the longest that anybody waited before. */
  readonly isWithinRetry: boolean;
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
  readonly appliedPerSecond: number;
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
const recoveredPart = 0.8;
const noLoad: WindowLoad = { completed: 0, failed: {}, latenciesUs: [], longestStallMs: 0, completedByTenth: [] };

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

function shapeReport(
  settings: DispatchSettings,
  { nodes, valueBytes, rounds, kills, states }: MeasuredShape,
): ShapeReport {
  const limits = limitsOf(settings, nodes);
  const isSlowed = settings.slow.length > 0;
  const roundsOf = (strategy: StrategyName, slowed = isSlowed): RoundReport[] =>
    rounds.filter((round) => round.strategy === strategy && round.slowed === slowed).map(roundReport);
  const [first] = settings.strategies;
  const ofFirst = roundsOf(first!);
  const reports = settings.strategies.map((strategy) =>
    strategyReport({
      settings,
      strategy,
      valueBytes,
      limits,
      rounds: roundsOf(strategy),
      unslowed: settings.slowInTurn ? roundsOf(strategy, false) : undefined,
      firsts: strategy === first ? undefined : ofFirst,
      kills: kills.filter((kill) => kill.strategy === strategy),
    }),
  );
  const areEqual = states.every((cluster) => new Set(cluster.map((it) => `${it.entries} ${it.bytes}`)).size === 1);
  return { nodes, valueBytes, limits, strategies: reports, replicasEqual: areEqual };
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
  const { completed, failed, latenciesUs } = load ?? noLoad;
  const sent = windows.map((window) => (window.sentBytes === null ? null : window.sentBytes / window.seconds));
  const cpuUs = windows.reduce((sum, window) => sum + window.cpuUs, 0);
  return {
    seconds,
    entries: completed,
    entriesPerSecond: completed / seconds,
    appliedPerSecond: leader.applied / leader.seconds,
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

interface MeasuredStrategy {
  readonly settings: DispatchSettings;
  readonly strategy: StrategyName;
  readonly valueBytes: number;
  readonly limits: PhysicalLimits | null;
  readonly rounds: readonly RoundReport[];
  /** The same without the slow nodes, if that was measured. */
  readonly unslowed: readonly RoundReport[] | undefined;
  /** Of the first strategy; `undefined`: this is the first. */
  readonly firsts: readonly RoundReport[] | undefined;
  readonly kills: readonly MeasuredKill[];
}

function strategyReport(measured: MeasuredStrategy): StrategyReport {
  const { settings, strategy, valueBytes, limits, rounds, unslowed, firsts, kills } = measured;
  const spread = (figure: (round: RoundReport) => number): Spread => spreadOf(rounds.map(figure));
  const { dispatch, acknowledge, hasWindow } = strategies[strategy];
  const limit = limits?.[dispatch.strategy];
  const sent = rounds.flatMap(({ sentBytesPerSecond }) => (sentBytesPerSecond === null ? [] : [sentBytesPerSecond]));
  const isSentKnown = sent.length === rounds.length;
  return {
    strategy,
    dispatch,
    acknowledge,
    hasWindow,
    entriesPerSecond: spread((round) => round.entriesPerSecond),
    payloadBytesPerSecond: spread((round) => round.entriesPerSecond * valueBytes),
    appliedPerSecond: spread((round) => round.appliedPerSecond),
    slowestNodeEntriesPerSecond: spread((round) => round.slowestNodeEntriesPerSecond),
    p50Ms: spread((round) => round.latency.p50Ms),
    p99Ms: spread((round) => round.latency.p99Ms),
    cpuUsPerEntry: spread((round) => round.cpuUsPerEntry),
    leaderCpuUsPerEntry: spread((round) => round.leaderCpuUsPerEntry),
    sentBytesPerSecond: isSentKnown ? sent[0]!.map((_, node) => spreadOf(sent.map((bytes) => bytes[node]!))) : null,
    crossings:
      settings.zones.length === 0 ? null : spread((round) => round.crossedBytes / (round.entries * valueBytes)),
    sentUnevenness: isSentKnown ? spreadOf(sent.map(unevenness)) : null,
    ofLimit: limit === undefined ? null : spread((round) => (round.entriesPerSecond * valueBytes) / limit),
    slowness: unslowed === undefined ? null : slownessOf(rounds, unslowed),
    kills: kills.map((kill) => killReport(kill, settings.heartbeatIntervalMs)),
    ratios: firsts === undefined ? null : ratiosOf(rounds, firsts),
    rounds,
  };
}

function slownessOf(slowed: readonly RoundReport[], unslowed: readonly RoundReport[]): SlownessReport {
  return {
    entriesPerSecond: spreadOf(unslowed.map((round) => round.entriesPerSecond)),
    p50Ms: spreadOf(unslowed.map((round) => round.latency.p50Ms)),
    p99Ms: spreadOf(unslowed.map((round) => round.latency.p99Ms)),
    ratios: ratiosOf(slowed, unslowed),
  };
}

function killReport({ killed, before, after }: MeasuredKill, heartbeatIntervalMs: number): KillReport {
  const [loadBefore, loadAfter] = [before.load ?? noLoad, after.load ?? noLoad];
  const latencyBefore = summarizeLatencies(loadBefore.latenciesUs);
  const longestCommitMs = summarizeLatencies(loadAfter.latenciesUs).maxMs;
  const retryMs = 2 * heartbeatIntervalMs + latencyBefore.p50Ms;
  const perHalfSecond = loadBefore.completed / (2 * before.seconds);
  return {
    killed,
    relayedForMs: after.watchedRelayForMs ?? 0,
    longestStallMsBefore: loadBefore.longestStallMs,
    longestStallMs: loadAfter.longestStallMs,
    longestCommitMsBefore: latencyBefore.maxMs,
    longestCommitMs,
    recoveredMs: recoveredMs(loadAfter.completedByTenth, recoveredPart * perHalfSecond),
    retryMs,
    isWithinRetry: longestCommitMs <= latencyBefore.maxMs + retryMs,
  };
}

/** Whole half seconds only, of which the last may have been cut off. */
function recoveredMs(byTenth: readonly number[], wanted: number): number | null {
  const halves = Array.from({ length: Math.floor(byTenth.length / 5) }, (_, i) =>
    byTenth.slice(5 * i, 5 * i + 5).reduce((sum, count) => sum + count, 0),
  );
  const lastShort = halves.findLastIndex((count) => count < wanted);
  return lastShort === halves.length - 1 ? null : 500 * (lastShort + 1);
}

function unevenness(sent: readonly number[]): number {
  return (Math.max(...sent) * sent.length) / sent.reduce((sum, bytes) => sum + bytes, 0);
}

function ratiosOf(rounds: readonly RoundReport[], firsts: readonly RoundReport[]): StrategyRatios {
  const ratio = (figure: (round: RoundReport) => number): number => medianRatio(rounds, firsts, figure);
  return {
    entriesPerSecond: ratio((round) => round.entriesPerSecond),
    p50: ratio((round) => round.latency.p50Ms),
    p99: ratio((round) => round.latency.p99Ms),
    cpuPerEntry: ratio((round) => round.cpuUsPerEntry),
  };
}
