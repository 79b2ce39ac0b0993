#!/usr/bin/env node
// `npm run sim -- --seeds N --from S`: many seeds, one after the other, until all are clean or one is not.

import { Command, InvalidArgumentError } from 'commander';
import { type SimulationResult, simulate } from './simulation.ts';

/** How often the progress is shown. */
const progressMs = process.stderr.isTTY ? 100 : 10_000;

interface Options {
  readonly seeds: number;
  readonly from?: number;
  readonly traceLines: number;
  readonly json: boolean;
}

type Totals = Record<(typeof counted)[number], number>;

const counted = [
  'simulatedMs',
  'messages',
  'committedBatches',
  'readsServed',
  'elections',
  'crashes',
  'diskLosses',
] as const;

const program = new Command('sim')
  .description('Simulates whole groups under random faults and checks every step. A seed replays its run exactly.')
  .option('--seeds <n>', 'how many seeds', wholeNumber, 1000)
  .option('--from <seed>', 'first seed (default: one drawn from the time of day)', wholeNumber)
  .option('--trace-lines <n>', 'how much of a failing run to print', wholeNumber, 400)
  .option('--json', 'print one JSON object as the last line of the standard output', false)
  .addHelpText(
    'after',
    '\nExamples:\n  npm run sim -- --seeds 10000\n  npm run sim -- --seeds 1 --from 4711    replay one seed',
  )
  .action(run);

program.parse();

function run({ seeds, from = Math.floor(Date.now() / 1000) * 1000, traceLines, json }: Options): void {
  const totals: Totals = {
    simulatedMs: 0,
    messages: 0,
    committedBatches: 0,
    readsServed: 0,
    elections: 0,
    crashes: 0,
    diskLosses: 0,
  };
  const startMs = performance.now();
  let shownMs = startMs;
  let done = 0;
  let failure: SimulationResult | undefined;
  while (done < seeds && failure === undefined) {
    const result = simulate(from + done);
    done++;
    for (const name of counted) totals[name] += result[name];
    // A run keeps no lines unless it is asked to; the same seed gives the same run.
    if (result.violation !== undefined) failure = simulate(result.seed, { traceLines });
    if (performance.now() - shownMs >= progressMs) {
      shownMs = performance.now();
      showProgress(done, seeds, shownMs - startMs);
    }
  }
  hideProgress();
  if (failure !== undefined) {
    for (const line of failure.trace) process.stderr.write(`${line}\n`);
    process.stderr.write(`\nseed ${failure.seed}: ${failure.violation}\n`);
    process.stderr.write(`replay: npm run sim -- --seeds 1 --from ${failure.seed}\n\n`);
    process.exitCode = 1;
  }
  const seconds = (performance.now() - startMs) / 1000;
  if (json) printJson({ from, done, seconds, failure, totals });
  else printSummary({ from, done, seconds, failure, totals });
}

interface Report {
  readonly from: number;
  readonly done: number;
  readonly seconds: number;
  readonly failure: SimulationResult | undefined;
  readonly totals: Totals;
}

function printJson({ from, done, seconds, failure, totals }: Report): void {
  const { simulatedMs, ...counts } = totals;
  const summary = {
    from,
    seeds: done,
    failedSeed: failure?.seed ?? null,
    violation: failure?.violation ?? null,
    seconds: round(seconds),
    seedsPerSecond: round(done / seconds),
    simulatedHours: round(simulatedMs / 3_600_000),
    ...counts,
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

function printSummary({ from, done, seconds, failure, totals }: Report): void {
  const { simulatedMs, messages, committedBatches, readsServed, elections, crashes, diskLosses } = totals;
  const count = (n: number): string => n.toLocaleString('en-US');
  const range = done === 1 ? `seed ${from}` : `${count(done)} seeds, ${from} to ${from + done - 1}`;
  process.stdout.write(
    `${failure === undefined ? '✔' : '✘'} ${range}: ${failure === undefined ? 'no violation' : 'a violation'}\n` +
      `  time      ${round(simulatedMs / 3_600_000)} simulated hours in ${round(seconds)} s, ${count(Math.round(done / seconds))} seeds/s\n` +
      `  work      ${count(messages)} messages, ${count(committedBatches)} batches committed, ${count(readsServed)} reads served\n` +
      `  faults    ${count(crashes)} crashes, ${count(diskLosses)} disks that lost entries, ${count(elections)} elections\n`,
  );
}

function showProgress(done: number, seeds: number, elapsedMs: number): void {
  const perSecond = (done * 1000) / elapsedMs;
  const secondsLeft = Math.ceil((seeds - done) / perSecond);
  const line = `${done} of ${seeds} seeds clean, ${Math.round(perSecond)} per second, ${secondsLeft} s left`;
  process.stderr.write(process.stderr.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
}

function hideProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('a whole number, 0 or more, is expected');
  return value;
}
