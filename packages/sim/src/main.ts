#!/usr/bin/env node
// `npm run sim -- --seeds N --from S`. Everything else in this package knows neither Node nor the time of day.

import { Command, InvalidArgumentError } from 'commander';
import { describeFailure, describeSweep, summarize } from './report.ts';
import { sweep } from './sweep.ts';

/** How often progress is shown: on one line that is written over, or as lines in a log. */
const progressMs = process.stderr.isTTY ? 100 : 10_000;

interface Options {
  readonly seeds: number;
  readonly from?: number;
  readonly traceLines: number;
  readonly json: boolean;
}

new Command('sim')
  .description('Simulates whole groups under random faults and checks every step. A seed replays its run exactly.')
  .option('--seeds <n>', 'how many seeds', positiveNumber, 1000)
  .option('--from <seed>', 'first seed (default: one drawn from the time of day)', wholeNumber)
  .option('--trace-lines <n>', 'how much to print of a run that fails', wholeNumber, 400)
  .option('--json', 'print one JSON object as the last line of the standard output', false)
  .addHelpText(
    'after',
    '\nExamples:\n  npm run sim -- --seeds 10000\n  npm run sim -- --seeds 1 --from 4711    replay one seed',
  )
  .action(run)
  .parse();

function run({ seeds, from = Math.floor(Date.now() / 1000) * 1000, traceLines, json }: Options): void {
  const startMs = performance.now();
  let shownMs = startMs;
  const result = sweep({
    from,
    seeds,
    traceLines,
    onClean: (done) => {
      const nowMs = performance.now();
      if (nowMs - shownMs < progressMs) return;
      shownMs = nowMs;
      showProgress(done, seeds, nowMs - startMs);
    },
  });
  const seconds = (performance.now() - startMs) / 1000;
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (result.failure !== undefined) {
    process.stderr.write(`${describeFailure(result.failure)}\n`);
    process.exitCode = 1;
  }
  process.stdout.write(`${json ? JSON.stringify(summarize(result, seconds)) : describeSweep(result, seconds)}\n`);
}

function showProgress(done: number, seeds: number, elapsedMs: number): void {
  const perSecond = (done * 1000) / elapsedMs;
  const secondsLeft = Math.ceil((seeds - done) / perSecond);
  const line = `${done} of ${seeds} seeds clean, ${Math.round(perSecond)} per second, ${secondsLeft} s left`;
  process.stderr.write(process.stderr.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('a whole number, 0 or more, is expected');
  return value;
}

function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('at least 1 is expected');
  return value;
}
