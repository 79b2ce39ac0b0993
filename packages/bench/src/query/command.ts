import { Command } from 'commander';
import { namesOutOf, wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { inRunFolder } from '../command/run-folder.ts';
import { describeEnvironment, requireDisk } from '../measure/environment.ts';
import { ProgressLine, progressBar } from '../progress-line.ts';
import {
  addContestOptions,
  addDataOptions,
  type ContestOptions,
  contestSettingsOf,
} from '../series/contest-settings.ts';
import { contestantsOf } from '../series/start-targets.ts';
import { type QueryName, queryNames } from './queries.ts';
import { type QueryReport, queryReport } from './report.ts';
import { measureQueries } from './run-query.ts';
import { checkQuerySettings, type QuerySettings } from './settings.ts';
import { describeQueries } from './table.ts';

interface QueryOptions extends ContestOptions {
  readonly queries: readonly QueryName[];
  readonly rangeRows: number;
  readonly repeats: number;
  readonly allRepeats: number;
  readonly warmups: number;
}

const examples = `
Examples:
  next to both peers, a million points, a minute or two:
    npm run bench -- query --peer victoria-metrics --peer influxdb
  ten million points of a thousand series, those queries that are about all of them:
    npm run bench -- query --rows 10000 --queries avg-by-hour,count-all,max-all,last-all --peer victoria-metrics --peer influxdb
  Balsa alone, long ranges, one JSON object as the last line:
    npm run bench -- query --rows 10000 --range-rows 5000 --json
  a few points, to see whether everything works:
    npm run bench -- query --rows 200 --rounds 1 --repeats 5 --all-repeats 1

docs/benchmarks.md explains the queries, the method and every field.`;

export function queryCommand(): Command {
  const command = new Command('query').description(
    'How long queries take: the ten of iot-benchmark and some about all series, over HTTP, one after the other, once all points are ' +
      'flushed and merged. Every answer is compared with what the seed says; a wrong one fails the run.',
  );
  addDataOptions(command, { rows: 1000, kind: 'mixed' })
    .option('--clients <count>', 'that write the data; one asks', wholeNumber(1, 1000), 8)
    .option('--queries <names>', `out of ${queryNames.join(', ')}`, namesOutOf(queryNames), [...queryNames])
    .option('--range-rows <count>', 'rows of the ranges that are drawn', wholeNumber(1, 30_000), 250)
    .option('--repeats <count>', 'how often each query is asked in a round', wholeNumber(1, 100_000), 100)
    .option('--all-repeats <count>', 'the same for queries about all series', wholeNumber(1, 100_000), 10)
    .option(
      '--warmups <count>',
      'how often each is asked before that, at most as often as in a round; not measured',
      wholeNumber(0, 100_000),
      20,
    );
  return addContestOptions(command)
    .addHelpText('after', examples)
    .action((options: QueryOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: QueryOptions, signal: AbortSignal): Promise<Outcome> {
  const settings = settingsOf(options);
  checkQuerySettings(settings);
  const contestants = contestantsOf(settings);
  const progress = new ProgressLine();
  const onStage = (stage: string, share: number): void =>
    progress.show(`${progressBar(Math.round(share * 100), 100)} % ${stage}`);
  const report = await inRunFolder(
    options.folder,
    'query',
    ({ good }: QueryReport) => options.keep === true || !good,
    async (folder) => {
      requireDisk(folder);
      try {
        const measured = await measureQueries(contestants, settings, folder, { onStage }, signal);
        return queryReport(settings, describeEnvironment(folder), measured);
      } finally {
        progress.clear();
      }
    },
    options.keep === true,
  );
  return { report, text: describeQueries(report), good: report.good };
}

function settingsOf(options: QueryOptions): QuerySettings {
  const { queries, rangeRows, repeats, allRepeats, warmups, rounds } = options;
  return { ...contestSettingsOf(options, ['http']), queries, rangeRows, repeats, allRepeats, warmups, rounds };
}
