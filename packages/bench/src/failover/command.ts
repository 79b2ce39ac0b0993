import { Command } from 'commander';
import { BenchError } from '../bench-error.ts';
import { wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { defaultFolder, inRunFolder } from '../command/run-folder.ts';
import { describeEnvironment, requireDisk } from '../measure/environment.ts';
import { percentilesOf } from '../measure/percentiles.ts';
import { ProgressLine, progressBar } from '../progress-line.ts';
import { describeFailover, type FailoverReport, failoverReport } from './report.ts';
import { type KillResult, runFailover } from './run-failover.ts';
import type { FailoverSettings } from './settings.ts';

interface FailoverOptions {
  readonly nodes: number;
  readonly kills: number;
  readonly graceful?: true;
  readonly rate: number;
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs?: number;
  readonly settleMs: number;
  readonly folder: string;
  readonly keep?: true;
  readonly json?: true;
}

/** As in the nodes' default configuration. */
const heartbeatsPerElectionTimeout = 10;
const heartbeatMsMin = 5;

const examples = `
Examples:
  two hundred kills, some minutes:
    npm run bench -- failover --kills 200
  the leader is asked to stop, as in an upgrade, and hands over before it goes:
    npm run bench -- failover --kills 200 --graceful
  nodes that lose patience sooner, one JSON object as the last line:
    npm run bench -- failover --kills 50 --election-timeout-ms 300 --json

docs/benchmarks.md explains the method and every field.`;

export function failoverCommand(): Command {
  return new Command('failover')
    .description(
      'How long writes and linearizable reads stand still when the leader of the data group is killed: a cluster of real ' +
        'processes under a steady load, whose leader is killed, started again, and when all is well the next. At the end ' +
        'every acknowledged row must be there.',
    )
    .option('--kills <count>', 'how many leaders are killed', wholeNumber(1, 100_000), 200)
    .option('--graceful', 'ask the leader to stop (SIGTERM) instead of killing it')
    .option('--nodes <count>', 'nodes of the cluster', wholeNumber(3, 7), 3)
    .option('--rate <per-second>', 'writes due per second, and as many reads', wholeNumber(1, 10_000), 500)
    .option('--election-timeout-ms <ms>', 'of the nodes', wholeNumber(50, 60_000), 1000)
    .option(
      '--heartbeat-interval-ms <ms>',
      'of the nodes (default: a tenth of the election timeout)',
      wholeNumber(heartbeatMsMin, 20_000),
    )
    .option(
      '--settle-ms <ms>',
      'from a cluster that is whole to the next kill, and up to as long again',
      wholeNumber(0, 600_000),
      200,
    )
    .option('--folder <folder>', 'where data and logs lie; must be on a disk', defaultFolder)
    .option('--keep', 'keep data and logs even if nothing went wrong')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: FailoverOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: FailoverOptions, signal: AbortSignal): Promise<Outcome> {
  const settings = settingsOf(options);
  const progress = new ProgressLine();
  progress.show(`starting ${settings.nodes} nodes`);
  const report = await inRunFolder(
    options.folder,
    'failover',
    ({ good }: FailoverReport) => options.keep === true || !good,
    async (folder) => {
      requireDisk(folder);
      const onKill = (kills: readonly KillResult[]): void => progress.show(describeProgress(settings, kills));
      try {
        const done = await runFailover(settings, folder, { onKill }, signal);
        return failoverReport(settings, describeEnvironment(folder), done);
      } finally {
        progress.clear();
      }
    },
  );
  return { report, text: describeFailover(report), good: report.good };
}

/** Throws ILLEGAL_ARGUMENT. */
function settingsOf(options: FailoverOptions): FailoverSettings {
  const { nodes, kills, graceful, rate, electionTimeoutMs, settleMs } = options;
  const heartbeatIntervalMs =
    options.heartbeatIntervalMs ??
    Math.max(heartbeatMsMin, Math.round(electionTimeoutMs / heartbeatsPerElectionTimeout));
  if (3 * heartbeatIntervalMs >= electionTimeoutMs) {
    throw new BenchError(
      'ILLEGAL_ARGUMENT',
      'the heartbeat interval must be less than a third of the election timeout',
    );
  }
  return {
    nodes,
    kills,
    graceful: graceful === true,
    ratePerSecond: rate,
    electionTimeoutMs,
    heartbeatIntervalMs,
    settleMs,
  };
}

function describeProgress({ kills: planned }: FailoverSettings, kills: readonly KillResult[]): string {
  const { p50, max } = percentilesOf(kills.map(({ writeMs }) => writeMs));
  return (
    `${progressBar(kills.length, planned)} writes stood still for ${kills.at(-1)!.writeMs.toFixed(0)} ms ` +
    `(median ${p50.toFixed(0)}, longest ${max.toFixed(0)})`
  );
}
