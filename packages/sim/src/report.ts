// A sweep in words, for a person and for a program.

import type { LevelName } from './level.ts';
import type { RunResult } from './run-result.ts';
import { formatScenario } from './scenario-file.ts';
import { drawText } from './sequence-text.ts';
import type { Shrunk } from './shrink.ts';
import type { Totals } from './sweep.ts';

type AnyResult = RunResult<object, unknown>;

/** What led to the failure, what it was, and how to see it again. */
export function describeFailure({ seed, violation, trace }: AnyResult, replay: string): string {
  return `${drawText(trace)}\n\nseed ${seed}: ${violation}\nreplay: ${replay}`;
}

/** The same, but what led to it is shown by the smallest run that fails in the same way. */
export function describeShrunk(
  { seed, violation }: AnyResult,
  { result, runs, steps }: Shrunk<object, unknown>,
  replay: string,
): string {
  return [
    drawText(result.trace),
    '',
    `made smaller in ${count(steps)} steps and ${count(runs)} runs; the picture is of what is left:`,
    formatScenario(result.scenario),
    `${result.violation}`,
    'replay: save it as scenario.json, then put --scenario scenario.json --trace text for the seed',
    '',
    `seed ${seed}: ${violation}`,
    `replay: ${replay}`,
  ].join('\n');
}

/** The command that runs a seed again. */
export function replayOf(level: LevelName, seed: number): string {
  return `npm run sim -- --level ${level} --seeds 1 --from ${seed}`;
}

/** What a sweep, on one core or several, has come to. */
export interface SweepOutcome {
  readonly level: LevelName;
  readonly from: number;
  /** Seeds run, the failed one included. */
  readonly done: number;
  readonly failure: AnyResult | undefined;
  readonly totals: Totals;
  readonly seconds: number;
}

export function describeSweep({ level, from, done, failure, totals, seconds }: SweepOutcome): string {
  const { simulatedMs, messages, committedBatches, readsServed, snapshotsInstalled } = totals;
  const { relayedAppends, windowWaits, liesTold, weakAcceptances, weakLosses, elections, crashes, diskLosses } = totals;
  const seeds = done === 1 ? `seed ${from}` : `${count(done)} seeds from ${from} on`;
  const what = level === 'core' ? 'groups' : 'nodes';
  return [
    `${failure === undefined ? '✔' : '✘'} ${seeds}, whole ${what}: ${failure === undefined ? 'no violation' : 'a violation'}`,
    `  time    ${hours(simulatedMs)} simulated hours in ${round(seconds)} s, ${count(Math.round(done / seconds))} seeds/s`,
    `  work    ${count(messages)} messages, ${count(committedBatches)} batches committed, ${count(readsServed)} reads served, ${count(snapshotsInstalled)} snapshots installed`,
    `  relays  ${count(relayedAppends)} appends passed on by followers, ${count(windowWaits)} that waited for what lay between, ${count(liesTold)} lies told`,
    `  weak    ${count(weakAcceptances)} batches accepted weakly, ${count(weakLosses)} of them lost, as they may be`,
    `  faults  ${count(crashes)} crashes, ${count(diskLosses)} disks that lost something, ${count(elections)} elections`,
  ].join('\n');
}

/** What `--json` prints. */
export interface SweepSummary {
  readonly level: LevelName;
  readonly from: number;
  readonly seeds: number;
  readonly failedSeed: number | null;
  readonly violation: string | null;
  readonly seconds: number;
  readonly seedsPerSecond: number;
  readonly simulatedHours: number;
  readonly messages: number;
  readonly committedBatches: number;
  readonly readsServed: number;
  readonly elections: number;
  readonly crashes: number;
  readonly diskLosses: number;
  readonly snapshotsInstalled: number;
  readonly relayedAppends: number;
  readonly windowWaits: number;
  readonly weakAcceptances: number;
  readonly weakLosses: number;
  readonly liesTold: number;
}

export function summarize({ level, from, done, failure, totals, seconds }: SweepOutcome): SweepSummary {
  const { simulatedMs, ...counts } = totals;
  return {
    level,
    from,
    seeds: done,
    failedSeed: failure?.seed ?? null,
    violation: failure?.violation ?? null,
    seconds: round(seconds),
    seedsPerSecond: round(done / seconds),
    simulatedHours: hours(simulatedMs),
    ...counts,
  };
}

function hours(ms: number): number {
  return round(ms / 3_600_000);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
