import { snapshotSendDefaults } from '@balsa/replica';
import { Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { defaultFolder, inRunFolder } from '../command/run-folder.ts';
import { describeEnvironment, requireDisk } from '../measure/environment.ts';
import { ProgressLine } from '../progress-line.ts';
import { type CatchUpReport, catchUpReport, describeCatchUp } from './report.ts';
import { runCatchUp } from './run-catch-up.ts';

interface CatchUpOptions {
  readonly gigabytes: number;
  readonly valueBytes: number;
  readonly clients: number;
  readonly seconds: number;
  readonly snapshotMibPerSecond: number;
  readonly restoreMibPerSecond?: number;
  readonly seed: number;
  readonly folder: string;
  readonly keep?: true;
  readonly json?: true;
}

const mebibyte = 1024 * 1024;
const gigabytesMax = 1000;

const examples = `
Examples:
  a follower that lacks five gigabytes, some minutes; takes about ten times as much on the disk for a while:
    npm run bench -- catch-up --gigabytes 5
  a quick look, one JSON object as the last line:
    npm run bench -- catch-up --gigabytes 0.2 --seconds 5 --json
  as fast as it goes, against larger writes:
    npm run bench -- catch-up --gigabytes 1 --snapshot-mib-per-second 0 --value-bytes 65536

docs/benchmarks.md explains the method and every field.`;

export function catchUpCommand(): Command {
  return new Command('catch-up')
    .description(
      'How a follower that lacks much catches up by snapshot, and what that does to writes: a cluster of processes that embed ' +
        '@balsa/replica, with a state on disk, under a closed loop of writes before, meanwhile and after.',
    )
    .option('--gigabytes <number>', 'of state that the follower lacks', parseGigabytes, 5)
    .option('--value-bytes <bytes>', 'of each write', wholeNumber(1, 1_000_000), 1024)
    .option('--clients <count>', 'each has one write under way', wholeNumber(1, 10_000), 32)
    .option(
      '--seconds <seconds>',
      'of load on all three, without the follower, and when it is back',
      wholeNumber(1, 3600),
      20,
    )
    .option(
      '--snapshot-mib-per-second <number>',
      'what a node sends of snapshots at most; 0: no limit (default: that of hosts)',
      wholeNumber(0, 1_000_000),
      snapshotSendDefaults.bytesPerSecondMax / mebibyte,
    )
    .option(
      '--restore-mib-per-second <number>',
      'what a node restores of snapshots at most; 0: no limit (default: as --snapshot-mib-per-second)',
      wholeNumber(0, 1_000_000),
    )
    .option('--seed <number>', 'of what is written', wholeNumber(0, 2 ** 31), 1)
    .option('--folder <folder>', 'where the data lie; must be on a disk', defaultFolder)
    .option('--keep', 'keep data and output of the nodes even if nothing went wrong')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: CatchUpOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: CatchUpOptions, signal: AbortSignal): Promise<Outcome> {
  const { gigabytes, valueBytes, clients, seconds, snapshotMibPerSecond, seed } = options;
  const settings = {
    gigabytes,
    valueBytes,
    clients,
    seconds,
    snapshotMebibytesPerSecond: snapshotMibPerSecond,
    restoreMebibytesPerSecond: options.restoreMibPerSecond ?? snapshotMibPerSecond,
    seed,
  };
  const progress = new ProgressLine();
  const report = await inRunFolder(
    options.folder,
    'catch-up',
    ({ replicasEqual }: CatchUpReport) => options.keep === true || !replicasEqual,
    async (folder) => {
      requireDisk(folder);
      try {
        const done = await runCatchUp(settings, folder, { onStage: (text) => progress.show(text) }, signal);
        return catchUpReport(settings, describeEnvironment(folder), done);
      } finally {
        progress.clear();
      }
    },
  );
  return { report, text: describeCatchUp(report), good: report.good };
}

function parseGigabytes(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || !(value >= 0.001 && value <= gigabytesMax)) {
    throw new InvalidArgumentError(`Expected a number from 0.001 to ${gigabytesMax}.`);
  }
  return value;
}
