#!/usr/bin/env node
// `npm run sim -- --seeds N --from S`. Everything else in this package knows neither Node nor the time of day.

import { readFileSync, writeFileSync } from 'node:fs';
import { checkHistory, formatHistory, HistoryError, parseHistory } from '@balsa/linearizability';
import { Command, InvalidArgumentError, Option } from 'commander';
import { perform } from './play/play.ts';
import { PlayError } from './play/play-error.ts';
import { describeFailure, describeShrunk, describeSweep, summarize } from './report.ts';
import { formatScenario, parseScenario, ScenarioError } from './scenario-file.ts';
import { drawHtml } from './sequence-html.ts';
import { drawText } from './sequence-text.ts';
import { type Shrunk, shrink } from './shrink.ts';
import { type SimulationResult, simulate, simulateScenario } from './simulation.ts';
import { sweep } from './sweep.ts';
import type { TraceWindow } from './trace.ts';

/** How often progress is shown: on one line that is written over, or as lines in a log. */
const progressMs = process.stderr.isTTY ? 100 : 10_000;
/** How much of a run is shown: its end, or what was asked for. */
const eventsShown = { atTheEnd: 400, ofASpan: 20_000 };
/** Enough for any scenario; time ends it earlier. */
const shrinkRunsMax = 5_000;

interface Options {
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
  .description('Simulates whole groups under random faults and checks every step. A seed replays its run exactly.')
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
  npm run sim -- --seeds 1 --from 4711                                replay one seed
  npm run sim -- --seeds 1 --from 4711 --trace html --trace-file run.html --trace-to-ms 500
  npm run sim -- --scenario scenario.json --trace text
  npm run sim -- --play packages/sim/testdata/scenarios/figure-8.txt
  npm run sim -- --seeds 1 --from 4711 --history run.ndjson
  npm run sim -- --check-history run.ndjson`,
  )
  .action(run);

program.parse();

function run(options: Options): void {
  if (options.checkHistory !== undefined) judge(options.checkHistory);
  else if (options.play === undefined) simulateAll(options);
  else process.stdout.write(readThrough(options.play, perform));
}

/** Exit code 0 only for a history that is known to be linearizable. */
function judge(file: string): void {
  const { outcome, explanation } = readThrough(file, (text) => checkHistory(parseHistory(text)));
  process.stdout.write(`${[outcome, explanation].filter((part) => part !== '').join('\n')}\n`);
  process.exitCode = outcome === 'linearizable' ? 0 : 1;
}

function simulateAll(options: Options): void {
  const { from = Math.floor(Date.now() / 1000) * 1000, scenario: file, shrinkSeconds, json } = options;
  if (options.trace === 'html' && options.traceFile === undefined) program.error('--trace html needs a --trace-file');
  const scenario = file === undefined ? undefined : readThrough(file, parseScenario);
  const seeds = scenario === undefined ? options.seeds : 1;
  const window = windowOf(options);
  const runAgain = (seed: number, kept?: TraceWindow): SimulationResult =>
    scenario === undefined ? simulate(seed, kept) : simulateScenario(scenario, kept);

  const startMs = performance.now();
  const showProgress = progressOf(seeds, startMs);
  const result = sweep({
    from: scenario?.seed ?? from,
    seeds,
    trace: window,
    onClean: showProgress,
    simulate: runAgain,
  });
  const seconds = (performance.now() - startMs) / 1000;
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const { failure } = result;
  if (options.trace !== undefined && (failure !== undefined || seeds === 1)) {
    draw(failure ?? runAgain(result.from, window), options);
  }
  const { history } = options;
  if (history !== undefined && (failure !== undefined || seeds === 1)) {
    const { seed, operations } = failure ?? runAgain(result.from);
    const text = formatHistory({ model: 'log', operations }, [`seed ${seed}`]);
    withFile(history, () => writeFileSync(history, text));
  }
  if (failure !== undefined) {
    const replay = file === undefined ? undefined : `npm run sim -- --scenario ${file}`;
    const shrunk = shrinkSeconds > 0 ? shrinkFor(failure, shrinkSeconds, window) : undefined;
    const text = shrunk === undefined ? describeFailure(failure, replay) : describeShrunk(failure, shrunk, replay);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  }
  process.stdout.write(`${json ? JSON.stringify(summarize(result, seconds)) : describeSweep(result, seconds)}\n`);
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

function draw({ seed, violation, scenario, trace }: SimulationResult, { trace: form, traceFile }: Options): void {
  const title = `seed ${seed}: ${violation?.split('\n')[0] ?? 'no violation'}`;
  const details = [violation, formatScenario(scenario)].join('\n');
  const picture = form === 'html' ? drawHtml(trace, { title, details }) : drawText(trace);
  if (traceFile === undefined) process.stdout.write(`${picture}\n`);
  else withFile(traceFile, () => writeFileSync(traceFile, `${picture}\n`));
}

function shrinkFor(failure: SimulationResult, seconds: number, { eventsMax }: TraceWindow): Shrunk {
  const endMs = performance.now() + seconds * 1000;
  const shrunk = shrink(failure, { runsMax: shrinkRunsMax, isOver: () => performance.now() >= endMs });
  return { ...shrunk, result: simulateScenario(shrunk.result.scenario, { eventsMax }) };
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
