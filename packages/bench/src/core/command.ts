import { Command } from 'commander';
import { wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { describeMachine } from '../measure/environment.ts';
import { ProgressLine } from '../progress-line.ts';
import { coreReport, describeCore, describeLoad } from './report.ts';
import { measureCore } from './run-core.ts';
import type { CoreSettings } from './settings.ts';

interface CoreOptions extends Omit<CoreSettings, 'statistics'> {
  readonly statistics?: true;
  readonly json?: true;
}

const examples = `
Examples:
  batches of 1,024 entries of 16 bytes, and one client that waits for each:
    npm run bench -- core
  larger entries, one JSON object as the last line:
    npm run bench -- core --entry-bytes 256 --json
  what collecting statistics costs:
    npm run bench -- core --statistics

docs/benchmarks.md explains the method and every field.`;

export function coreCommand(): Command {
  return new Command('core')
    .description(
      'How fast consensus itself is: the members of one group in one process, without disk and network, as the bare core ' +
        'and as whole hosts; once with many clients, whose entries share batches, and once with a single client that ' +
        'waits for each entry.',
    )
    .option('--members <count>', 'members of the group', wholeNumber(2, 7), 3)
    .option('--entry-bytes <bytes>', 'bytes of each entry', wholeNumber(1, 1024), 16)
    .option(
      '--clients <count>',
      'clients of the load with many, each with one entry under way',
      wholeNumber(2, 16_384),
      1024,
    )
    .option('--seconds <seconds>', 'measured time of each round', wholeNumber(1, 3600), 2)
    .option('--warmup-seconds <seconds>', 'load before the measurement of each round', wholeNumber(0, 3600), 1)
    .option('--rounds <count>', 'rounds of each load, taking turns', wholeNumber(1, 1000), 5)
    .option('--statistics', 'measure the hosts with their statistics being collected as well, and the ratio')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: CoreOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: CoreOptions, signal: AbortSignal): Promise<Outcome> {
  const { members, entryBytes, clients, warmupSeconds, seconds, rounds } = options;
  const statistics = options.statistics === true;
  const settings: CoreSettings = { members, entryBytes, clients, warmupSeconds, seconds, rounds, statistics };
  const progress = new ProgressLine();
  try {
    const measured = await measureCore(
      settings,
      (round, load) => progress.show(`round ${round} of ${rounds}: ${describeLoad(load)}`),
      signal,
    );
    const report = coreReport(settings, describeMachine(), measured);
    return { report, text: describeCore(report), good: true };
  } finally {
    progress.clear();
  }
}
