// A sweep in words, for a person and for a program.

import { formatScenario } from './scenario-file.ts';
import { drawText } from './sequence-text.ts';
import type { Shrunk } from './shrink.ts';
import type { SimulationResult } from './simulation.ts';
import type { Sweep } from './sweep.ts';

/** What led to the failure, what it was, and how to see it again. */
export function describeFailure({ seed, violation, trace }: SimulationResult, replay: string = replayOf(seed)): string {
  return `${drawText(trace)}\n\nseed ${seed}: ${violation}\nreplay: ${replay}`;
}

/** The same, but what led to it is shown by the smallest run that fails in the same way. */
export function describeShrunk(
  { seed, violation }: SimulationResult,
  { result, runs, steps }: Shrunk,
  replay: string = replayOf(seed),
): string {
  return [
    drawText(result.trace),
    '',
    `made smaller in ${count(steps)} steps and ${count(runs)} runs; the picture is of what is left:`,
    formatScenario(result.scenario),
    `${result.violation}`,
    'replay: save it as scenario.json, then npm run sim -- --scenario scenario.json --trace text',
    '',
    `seed ${seed}: ${violation}`,
    `replay: ${replay}`,
  ].join('\n');
}

function replayOf(seed: number): string {
  return `npm run sim -- --seeds 1 --from ${seed}`;
}

export function describeSweep({ from, done, failure, totals }: Sweep, seconds: number): string {
  const { simulatedMs, messages, committedBatches, readsServed, elections, crashes, diskLosses } = totals;
  const range = done === 1 ? `seed ${from}` : `${count(done)} seeds, ${from} to ${from + done - 1}`;
  return [
    `${failure === undefined ? '✔' : '✘'} ${range}: ${failure === undefined ? 'no violation' : 'a violation'}`,
    `  time    ${hours(simulatedMs)} simulated hours in ${round(seconds)} s, ${count(Math.round(done / seconds))} seeds/s`,
    `  work    ${count(messages)} messages, ${count(committedBatches)} batches committed, ${count(readsServed)} reads served`,
    `  faults  ${count(crashes)} crashes, ${count(diskLosses)} disks that lost entries, ${count(elections)} elections`,
  ].join('\n');
}

/** What `--json` prints. */
export interface SweepSummary {
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
}

export function summarize({ from, done, failure, totals }: Sweep, seconds: number): SweepSummary {
  const { simulatedMs, ...counts } = totals;
  return {
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
