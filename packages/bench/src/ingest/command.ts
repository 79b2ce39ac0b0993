import { Command } from 'commander';
import { namesOutOf, wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { inRunFolder } from '../command/run-folder.ts';
import { describeEnvironment, requireDisk } from '../measure/environment.ts';
import { ProgressLine, progressBar } from '../progress-line.ts';
import { type BalsaProtocol, balsaProtocols } from '../series/balsa-series.ts';
import {
  addContestOptions,
  addDataOptions,
  type ContestOptions,
  contestSettingsOf,
} from '../series/contest-settings.ts';
import { pointsOf } from '../series/data-shape.ts';
import { contestantsOf } from '../series/start-targets.ts';
import { type IngestReport, ingestReport } from './report.ts';
import { measureIngest } from './run-ingest.ts';
import { checkIngestSettings, type IngestSettings } from './settings.ts';
import { describeIngest } from './table.ts';

interface IngestOptions extends ContestOptions {
  readonly warmupPercent: number;
  readonly protocol: readonly BalsaProtocol[];
}

const examples = `
Examples:
  next to both peers, some minutes:
    npm run bench -- ingest --peer victoria-metrics --peer influxdb
  Balsa alone, over REST and by the binary client, one node and three:
    npm run bench -- ingest --protocol http,binary --nodes 1,3
  ten million points, of one kind, a tenth of them late, one JSON object as the last line:
    npm run bench -- ingest --rows 10000 --kind counter --out-of-order 10 --peer victoria-metrics --json
  a few points, to see whether everything works:
    npm run bench -- ingest --rows 200 --rounds 1

docs/benchmarks.md explains the method and every field.`;

export function ingestCommand(): Command {
  const command = new Command('ingest').description(
    'How fast time series are written, what that costs in CPU time and memory, and what is on the disk when all is flushed and ' +
      'merged: real processes, written to over HTTP by one client, with the same points from a seed.',
  );
  addDataOptions(command, { rows: 2000, kind: 'mixed' })
    .option('--clients <count>', 'each writes one batch at a time', wholeNumber(1, 1000), 8)
    .option(
      '--warmup-percent <percent>',
      'of each round that is written first and not measured',
      wholeNumber(0, 90),
      20,
    )
    .option(
      '--protocol <names>',
      `how Balsa is written to, out of ${balsaProtocols.join(', ')}, each a system of its own`,
      namesOutOf(balsaProtocols),
      ['http'],
    );
  return addContestOptions(command)
    .addHelpText('after', examples)
    .action((options: IngestOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: IngestOptions, signal: AbortSignal): Promise<Outcome> {
  const settings = settingsOf(options);
  checkIngestSettings(settings);
  const contestants = contestantsOf(settings);
  const progress = new ProgressLine();
  const total = pointsOf(settings.shape) * contestants.length * settings.rounds;
  let stage = '';
  let points = 0;
  const show = (): void => progress.show(`${thousands(points, total)} ${stage}`);
  const report = await inRunFolder(
    options.folder,
    'ingest',
    () => options.keep === true,
    async (folder): Promise<IngestReport> => {
      requireDisk(folder);
      try {
        const measured = await measureIngest(
          contestants,
          settings,
          { folder, keep: options.keep === true },
          {
            onStage: (system, round, what) => {
              stage = `round ${round} of ${settings.rounds}: ${system} ${what}`;
              show();
            },
            onPoints: (count) => {
              points = count;
              show();
            },
          },
          signal,
        );
        return ingestReport(settings, describeEnvironment(folder), measured);
      } finally {
        progress.clear();
      }
    },
    options.keep === true,
  );
  return { report, text: describeIngest(report), good: true };
}

function settingsOf(options: IngestOptions): IngestSettings {
  const { protocol, warmupPercent, rounds } = options;
  return { ...contestSettingsOf(options, protocol), warmupPercent, rounds };
}

function thousands(points: number, total: number): string {
  return `${progressBar(Math.round(points / 1000), Math.max(1, Math.round(total / 1000)))} thousand points,`;
}
