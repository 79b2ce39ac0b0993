import { randomInt } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputBytesMax } from '@balsa/wire/fuzz';
import { Command } from 'commander';
import { BenchError } from '../bench-error.ts';
import { wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { defaultFolder } from '../command/run-folder.ts';
import { ProgressLine } from '../progress-line.ts';
import { builtFile } from '../targets/built-file.ts';
import { describeFuzzing, fuzzingJson, type KeptFailure } from './report.ts';
import type { FuzzFailure } from './run-child.ts';
import { superviseFuzzing } from './supervise.ts';
import { fuzzTargets, targetsNamed } from './targets.ts';

interface FuzzOptions {
  readonly seconds?: number;
  readonly inputs?: number;
  readonly target?: string;
  readonly seed?: number;
  readonly input?: string;
  readonly json?: true;
}

const seedsMax = 2 ** 32 - 1;
const secondsDefault = 60;

const examples = `
Examples:
  every decoder, two minutes in all:
    npm run fuzz -- --seconds 120
  one decoder, or those of one room:
    npm run fuzz -- --target wire/tablet
    npm run fuzz -- --target replica/
  the inputs of a run that failed, once again:
    npm run fuzz -- --target wire/tablet --seed 4711 --inputs 1000
  only the one that failed:
    npm run fuzz -- --target wire/tablet --input balsa-data/fuzz-wire-tablet-4711.bin

Targets: ${fuzzTargets.map(({ name }) => name).join(', ')}.

docs/fuzzing.md explains what is checked.`;

export function fuzzCommand(): Command {
  return new Command('fuzz')
    .description(
      'Gives damaged input to every decoder that faces a disk, a network or a person. Only errors with codes may come ' +
        'out, soon and without taking memory, and what is accepted must survive being encoded again.',
    )
    .option('--seconds <count>', 'for all targets together (default: 60 without --inputs)', wholeNumber(1, 1_000_000))
    .option('--inputs <count>', 'for every target; ends with what comes first', wholeNumber(1))
    .option('--target <name>', 'only targets whose name begins so (default: all)')
    .option('--seed <number>', 'draws the damage (default: drawn, and printed)', wholeNumber(0, seedsMax))
    .option('--input <file>', 'only this input, on the one target named')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: FuzzOptions) => runCommand(options.json === true, (signal) => fuzz(options, signal)));
}

async function fuzz(options: FuzzOptions, signal: AbortSignal): Promise<Outcome> {
  const { inputs, target = '', seed = randomInt(seedsMax), input } = options;
  const targets = targetsNamed(target).map(({ name }) => name);
  if (input !== undefined) checkInput(input, targets);
  const seconds = options.seconds ?? (inputs === undefined ? secondsDefault : undefined);
  const progress = new ProgressLine();
  progress.show(`seed ${seed}: ${targets.length} targets`);
  const report = await superviseFuzzing(
    {
      module: builtFile('fuzz/targets.js'),
      targets,
      seed,
      inputsMax: inputs,
      msMax: seconds === undefined ? undefined : (seconds * 1000) / targets.length,
      inputFile: input,
    },
    (name, done, executions) =>
      progress.show(`${done} of ${targets.length} targets done; ${name}: ${executions} inputs`),
    signal,
  ).finally(() => progress.clear());
  const failures = report.failures.map(keep);
  return {
    report: fuzzingJson(report, failures),
    text: describeFuzzing(report, failures),
    good: failures.length === 0,
  };
}

function checkInput(file: string, targets: readonly string[]): void {
  if (targets.length !== 1) {
    throw new BenchError('ILLEGAL_ARGUMENT', '--input needs --target with the name of one target');
  }
  const bytes = statSync(file, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) throw new BenchError('ILLEGAL_ARGUMENT', `${file} is not there`);
  if (bytes > inputBytesMax) {
    throw new BenchError('ILLEGAL_ARGUMENT', `${file} has ${bytes} bytes; inputs have at most ${inputBytesMax}`);
  }
}

/** Writes the input where it can be tried again from. */
function keep(failure: FuzzFailure): KeptFailure {
  mkdirSync(defaultFolder, { recursive: true });
  const file = join(defaultFolder, `fuzz-${failure.target.replaceAll('/', '-')}-${failure.seed}.bin`);
  writeFileSync(file, failure.input);
  return { ...failure, file };
}
