import { Command } from 'commander';
import { wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { describeMachine } from '../measure/environment.ts';
import { ProgressLine } from '../progress-line.ts';
import { codesReport, describeCodes, describeShape } from './report.ts';
import { measureCodes } from './run-codes.ts';
import type { CodesSettings } from './settings.ts';

interface CodesOptions extends CodesSettings {
  readonly json?: true;
}

const examples = `
Examples:
  half a minute:
    npm run bench -- codes
  longer rounds, one JSON object as the last line:
    npm run bench -- codes --round-ms 100 --json

docs/benchmarks.md explains the method and every field.`;

export function codesCommand(): Command {
  return new Command('codes')
    .description(
      'How fast batches become fragments, and fragments batches: Reed-Solomon codes of 3 to 9 fragments, batches of 4 KiB to ' +
        '4 MiB, on WebAssembly with SIMD and on plain JavaScript.',
    )
    .option('--round-ms <milliseconds>', 'processor time of each round', wholeNumber(1, 60_000), 30)
    .option('--rounds <count>', 'rounds of each measurement, taking turns', wholeNumber(1, 1000), 7)
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: CodesOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run({ roundMs, rounds }: CodesOptions, signal: AbortSignal): Promise<Outcome> {
  const settings: CodesSettings = { roundMs, rounds };
  const progress = new ProgressLine();
  try {
    const measured = await measureCodes(
      settings,
      (round, shape) => progress.show(`round ${round} of ${rounds}: ${describeShape(shape)}`),
      signal,
    );
    const report = codesReport(settings, describeMachine(), measured);
    return { report, text: describeCodes(report), good: true };
  } finally {
    progress.clear();
  }
}
