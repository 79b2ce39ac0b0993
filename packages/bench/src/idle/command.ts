import { Command } from 'commander';
import { BenchError } from '../bench-error.ts';
import { wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { defaultFolder, inRunFolder } from '../command/run-folder.ts';
import { describeEnvironment } from '../measure/environment.ts';
import { ProgressLine } from '../progress-line.ts';
import { describeIdle, type IdleReport, idleReport } from './report.ts';
import { runIdle } from './run-idle.ts';
import type { IdleSettings } from './settings.ts';

interface IdleOptions extends IdleSettings {
  readonly folder: string;
  readonly keep?: true;
  readonly json?: true;
}

const examples = `
Examples:
  ten thousand groups on each of three nodes:
    npm run bench -- idle --groups 10000
  groups that have been written to before they rest:
    npm run bench -- idle --groups 1000 --writes 10
  a quick look, one JSON object as the last line:
    npm run bench -- idle --groups 200 --settle-seconds 2 --seconds 5 --json

docs/benchmarks.md explains the method and every field.`;

export function idleCommand(): Command {
  return new Command('idle')
    .description(
      'What groups cost when nobody uses them: CPU and memory of nodes with many groups at rest, and of nodes without any. ' +
        'The nodes are processes that embed @balsa/replica, on loopback, with a state machine that does nothing.',
    )
    .option('--groups <count>', 'groups, each with a member on every node', wholeNumber(1, 50_000), 10_000)
    .option('--nodes <count>', 'nodes', wholeNumber(1, 7), 3)
    .option('--writes <count>', 'commands that each group replicates before it rests', wholeNumber(0, 100_000), 0)
    .option('--settle-seconds <seconds>', 'rest before the measurement', wholeNumber(0, 3600), 15)
    .option('--seconds <seconds>', 'time over which CPU is measured', wholeNumber(1, 3600), 30)
    .option('--election-timeout-ms <ms>', 'of the nodes', wholeNumber(50, 60_000), 1000)
    .option('--heartbeat-interval-ms <ms>', 'of the nodes', wholeNumber(5, 20_000), 100)
    .option('--folder <folder>', 'where the data lie', defaultFolder)
    .option('--keep', 'keep data and output of the nodes')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: IdleOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: IdleOptions, signal: AbortSignal): Promise<Outcome> {
  const { nodes, groups, writes, settleSeconds, seconds, electionTimeoutMs, heartbeatIntervalMs } = options;
  const settings = { nodes, groups, writes, settleSeconds, seconds, electionTimeoutMs, heartbeatIntervalMs };
  if (3 * heartbeatIntervalMs >= electionTimeoutMs) {
    throw new BenchError(
      'ILLEGAL_ARGUMENT',
      'the heartbeat interval must be less than a third of the election timeout',
    );
  }
  const progress = new ProgressLine();
  const report = await inRunFolder(
    options.folder,
    'idle',
    (_: IdleReport) => options.keep === true,
    async (folder) => {
      try {
        const done = await runIdle(settings, folder, { onStage: (text) => progress.show(text) }, signal);
        return idleReport(settings, describeEnvironment(folder), done);
      } finally {
        progress.clear();
      }
    },
  );
  return { report, text: describeIdle(report), good: true };
}
