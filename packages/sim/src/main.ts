#!/usr/bin/env node
// `npm run sim -- --seeds N --from S`. Beside this, its workers and the museum, nothing here knows Node or the time of day.

import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { checkHistory, formatHistory, HistoryError, parseHistory } from '@balsa/linearizability';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type AnyScenario, type Level, type LevelName, levelNames } from './level.ts';
import { coreLevel, nodesLevel } from './levels.ts';
import { sweepInParallel } from './parallel-sweep.ts';
import { perform } from './play/play.ts';
import { PlayError } from './play/play-error.ts';
import { describeFailure, describeShrunk, describeSweep, replayOf, summarize } from './report.ts';
import type { RunResult } from './run-result.ts';
import { formatScenario, ScenarioError } from './scenario-file.ts';
import { drawHtml } from './sequence-html.ts';
import { drawText } from './sequence-text.ts';
import { shrink } from './shrink.ts';
import { addTotals, noTotals, type Totals } from './sweep.ts';
import type { TraceWindow } from './trace.ts';

/** How often progress is shown: on one line that is written over, or as lines in a log. */
const progressMs = process.stderr.isTTY ? 100 : 10_000;
/** How much of a run is shown: its end, or what was asked for. */
const eventsShown = { atTheEnd: 400, ofASpan: 20_000 };
/** Enough for any scenario; time ends it earlier. */
const shrinkRunsMax = 5_000;

interface Options {
  readonly level: LevelName;
  readonly workers: number;
  readonly seeds: number;
  readonly from?: number;
  readonly scenario?: string;
  readonly play?: string;
  readonly checkHistory?: string;
  readonly history?: string;
  readonly trace?: 'text' | 'html';
  readonly traceFile?: string;
  readonly traceFromMs?: number;
  readonly traceToMs?: number;
  readonly traceLines?: number;
  readonly shrinkSeconds: number;
  readonly json: boolean;
}

const program = new Command('sim')
  .description('Simulates clusters under random faults and checks every step. A seed replays its run exactly.')
  .addOption(
    new Option('--level <level>', 'nodes: hosts, logs and stores as well; core: the consensus core alone, quicker')
      .choices(levelNames)
      .default('nodes'),
  )
  .option('--workers <n>', 'on how many cores (default: all)', positiveNumber, availableParallelism())
  .option('--seeds <n>', 'how many seeds', positiveNumber, 1000)
  .option('--from <seed>', 'first seed (default: one drawn from the time of day)', wholeNumber)
  .option('--scenario <file>', 'run the one scenario in this JSON file instead')
  .option('--play <file>', 'perform the script in this file instead, and print what happens')
  .option('--check-history <file>', 'check the history in this file for linearizability instead')
  .option('--history <file>', 'write what clients saw of the run, if it is one or if it fails')
  .addOption(new Option('--trace <form>', 'draw the run, if it is one or if it fails').choices(['text', 'html']))
  .option('--trace-file <file>', 'where to (default for text: the standard output)')
  .option('--trace-from-ms <ms>', 'draw from here', wholeNumber)
  .option('--trace-to-ms <ms>', 'draw up to here', wholeNumber)
  .option('--trace-lines <n>', 'draw the newest so many events (default: 400, of a given span 20000)', wholeNumber)
  .option('--shrink-seconds <s>', 'how long to make a failing run smaller; 0: not at all', wholeNumber, 20)
  .option('--json', 'print one JSON object as the last line of the standard output', false)
  .addHelpText(
    'after',
    `
Examples:
  npm run sim -- --seeds 10000
  npm run sim -- --seeds 10000 --level core
  npm run sim -- --seeds 1 --from 4711                                replay one seed
  npm run sim -- --seeds 1 --from 4711 --trace html --trace-file run.html --trace-to-ms 500
  npm run sim -- --scenario scenario.json --trace text
  npm run sim -- --play packages/sim/testdata/scenarios/figure-8.txt
  npm run sim -- --seeds 1 --from 4711 --history run.ndjson
  npm run sim -- --check-history run.ndjson`,
  )
  .action(run);

await program.parseAsync();

async function run(options: Options): Promise<void> {
  if (options.trace === 'html' && options.traceFile === undefined) program.error('--trace html needs a --trace-file');
  if (options.checkHistory !== undefined) judge(options.checkHistory);
  else if (options.play !== undefined) process.stdout.write(readThrough(options.play, perform));
  else if (options.level === 'core') await simulateAll(coreLevel, options);
  else await simulateAll(nodesLevel, options);
}

/** Exit code 0 only for a history that is known to be linearizable. */
function judge(file: string): void {
  const { outcome, explanation } = readThrough(file, (text) => checkHistory(parseHistory(text)));
  process.stdout.write(`${[outcome, explanation].filter((part) => part !== '').join('\n')}\n`);
  process.exitCode = outcome === 'linearizable' ? 0 : 1;
}

async function simulateAll<S extends AnyScenario, Action>(level: Level<S, Action>, options: Options): Promise<void> {
  const { from: first = Math.floor(Date.now() / 1000) * 1000, scenario: file, shrinkSeconds, json } = options;
  const window = windowOf(options);
  const startMs = performance.now();
  const scenario = file === undefined ? undefined : readThrough(file, (text) => level.parse(text));
  const from = scenario?.seed ?? first;
  const isOne = scenario !== undefined || options.seeds === 1;
  const result = isOne
    ? await runOne(level, scenario ?? level.draw(from), window)
    : await runMany(level, from, options, window);
  const seconds = (performance.now() - startMs) / 1000;
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const { failure, shown } = result;
  if (shown !== undefined) {
    if (options.trace !== undefined) draw(shown, options);
    if (options.history !== undefined) writeHistory(level, shown, options.history);
  }
  if (failure !== undefined) {
    const replay = file === undefined ? replayOf(level.name, failure.seed) : `npm run sim -- --scenario ${file}`;
    const text =
      shrinkSeconds > 0
        ? await describeSmaller(level, failure, replay, options, window)
        : describeFailure(failure, replay);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  }
  const outcome = { ...result, level: level.name, from, seconds };
  process.stdout.write(`${json ? JSON.stringify(summarize(outcome)) : describeSweep(outcome)}\n`);
}

interface Runs<S, Action> {
  readonly done: number;
  readonly totals: Totals;
  readonly failure: RunResult<S, Action> | undefined;
  /** What can be drawn: the only run, or the one that failed. */
  readonly shown: RunResult<S, Action> | undefined;
}

async function runOne<S extends AnyScenario, Action>(
  { simulate }: Level<S, Action>,
  scenario: S,
  window: TraceWindow,
): Promise<Runs<S, Action>> {
  const result = await simulate(scenario, window);
  const failure = result.violation === undefined ? undefined : result;
  return { done: 1, totals: addTotals(noTotals, result), failure, shown: result };
}

/** Nothing is kept of a run in a sweep; but the same seed gives the same run. */
async function runMany<S extends AnyScenario, Action>(
  level: Level<S, Action>,
  from: number,
  { seeds, workers }: Options,
  window: TraceWindow,
): Promise<Runs<S, Action>> {
  const onClean = progressOf(seeds, performance.now());
  const { done, totals, failedSeed } = await sweepInParallel({ level: level.name, from, seeds, workers, onClean });
  if (failedSeed === undefined) return { done, totals, failure: undefined, shown: undefined };
  const failure = await level.simulate(level.draw(failedSeed), window);
  return { done, totals, failure, shown: failure };
}

function writeHistory<S extends AnyScenario, Action>(
  { history }: Level<S, Action>,
  { seed, operations }: RunResult<S, Action>,
  file: string,
): void {
  const text = formatHistory(history(operations), [`seed ${seed}`]);
  withFile(file, () => writeFileSync(file, text));
}

function readThrough<Content>(file: string, parse: (text: string) => Content): Content {
  return withFile(file, () => parse(readFileSync(file, 'utf8')));
}

/** Ends the program with an explanation if that cannot be done with the file. */
function withFile<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    const code =
      error instanceof ScenarioError || error instanceof PlayError || error instanceof HistoryError
        ? `${error.code}: `
        : '';
    return program.error(`${file}: ${code}${error instanceof Error ? error.message : String(error)}`);
  }
}

function windowOf({ traceFromMs, traceToMs, traceLines }: Options): TraceWindow {
  const isSpan = traceFromMs !== undefined || traceToMs !== undefined;
  return {
    eventsMax: traceLines ?? (isSpan ? eventsShown.ofASpan : eventsShown.atTheEnd),
    fromMs: traceFromMs ?? 0,
    toMs: traceToMs ?? Number.POSITIVE_INFINITY,
  };
}

function draw(
  { seed, violation, scenario, trace }: RunResult<object, unknown>,
  { trace: form, traceFile }: Options,
): void {
  const title = `seed ${seed}: ${violation?.split('\n')[0] ?? 'no violation'}`;
  const details = [violation, formatScenario(scenario)].join('\n');
  const picture = form === 'html' ? drawHtml(trace, { title, details }) : drawText(trace);
  if (traceFile === undefined) process.stdout.write(`${picture}\n`);
  else withFile(traceFile, () => writeFileSync(traceFile, `${picture}\n`));
}

async function describeSmaller<S extends AnyScenario, Action>(
  level: Level<S, Action>,
  failure: RunResult<S, Action>,
  replay: string,
  { shrinkSeconds }: Options,
  { eventsMax }: TraceWindow,
): Promise<string> {
  const endMs = performance.now() + shrinkSeconds * 1000;
  const shrunk = await shrink(level, failure, { runsMax: shrinkRunsMax, isOver: () => performance.now() >= endMs });
  const result = await level.simulate(shrunk.result.scenario, { eventsMax });
  return describeShrunk(failure, { ...shrunk, result }, replay);
}

function progressOf(seeds: number, startMs: number): (done: number) => void {
  let shownMs = startMs;
  return (done) => {
    const nowMs = performance.now();
    if (nowMs - shownMs < progressMs) return;
    shownMs = nowMs;
    const perSecond = (done * 1000) / (nowMs - startMs);
    const secondsLeft = Math.ceil((seeds - done) / perSecond);
    const line = `${done} of ${seeds} seeds clean, ${Math.round(perSecond)} per second, ${secondsLeft} s left`;
    process.stderr.write(process.stderr.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
  };
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
