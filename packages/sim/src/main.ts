#!/usr/bin/env node
// `npm run sim -- --seeds N --from S`: many seeds, one after the other, until all are clean or one is not.

import { Command, InvalidArgumentError } from 'commander';
import { simulate } from './simulation.ts';

const traceLines = 400;

interface Options {
  readonly seeds: number;
  readonly from?: number;
  readonly json: boolean;
}

const program = new Command('sim')
  .description('Simulates whole clusters under random faults and checks every step. A seed replays its run exactly.')
  .option('--seeds <n>', 'how many seeds', wholeNumber, 1000)
  .option('--from <seed>', 'first seed (default: one drawn from the time of day)', wholeNumber)
  .option('--json', 'print one JSON object as the last line of the standard output', false)
  .addHelpText(
    'after',
    '\nExamples:\n  npm run sim -- --seeds 10000\n  npm run sim -- --seeds 1 --from 4711    replay one seed',
  )
  .action(run);

program.parse();

function run(options: Options): void {
  const from = options.from ?? Math.floor(Date.now() / 1000) * 1000;
  const started = performance.now();
  const totals = { simulatedMs: 0, messages: 0, committedBatches: 0, readsServed: 0, crashes: 0 };
  let done = 0;
  let failure: ReturnType<typeof simulate> | undefined;
  for (; done < options.seeds && failure === undefined; done++) {
    const result = simulate(from + done);
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += result[key];
    if (result.violation !== undefined) failure = simulate(from + done, { traceLines });
    if (done % 100 === 99) progress(done + 1, options.seeds, started);
  }
  const seconds = (performance.now() - started) / 1000;
  process.stderr.write('\n');
  if (failure !== undefined) {
    process.stderr.write(`${failure.trace.join('\n')}\n\nseed ${failure.seed}: ${failure.violation}\n`);
    process.stderr.write(`replay: npm run sim -- --seeds 1 --from ${failure.seed}\n`);
    process.exitCode = 1;
  }
  const summary = {
    from,
    seeds: done,
    failedSeed: failure?.seed ?? null,
    violation: failure?.violation ?? null,
    seconds: round(seconds),
    seedsPerSecond: round(done / seconds),
    simulatedHours: round(totals.simulatedMs / 3_600_000),
    messages: totals.messages,
    committedBatches: totals.committedBatches,
    readsServed: totals.readsServed,
    crashes: totals.crashes,
  };
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else {
    process.stdout.write(
      `${done} seeds from ${from}: ${failure === undefined ? 'no violation' : 'VIOLATION'}\n` +
        `${summary.simulatedHours} simulated hours in ${summary.seconds} s (${summary.seedsPerSecond} seeds/s), ` +
        `${summary.messages} messages, ${summary.committedBatches} batches committed, ${summary.readsServed} reads, ${summary.crashes} crashes\n`,
    );
  }
}

function progress(done: number, seeds: number, started: number): void {
  const perSecond = done / ((performance.now() - started) / 1000);
  const line = `${done} of ${seeds} seeds, ${Math.round(perSecond)} per second, ${Math.round((seeds - done) / perSecond)} s left`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line.padEnd(70)}`);
  else if (done % 1000 === 0) process.stderr.write(`${line}\n`);
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
