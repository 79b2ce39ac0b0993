import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { defaultFolder, inRunFolder } from '../command/run-folder.ts';
import { ProgressLine } from '../progress-line.ts';
import { type ChaosReport, describeChaos } from './report.ts';
import { runChaos } from './run-chaos.ts';

interface ChaosOptions {
  readonly rounds: number;
  readonly seed?: number;
  readonly minutes: number;
  readonly nodes: number;
  readonly writers: number;
  readonly folder: string;
  readonly keep?: true;
  readonly json?: true;
}

const seedsMax = 2 ** 32 - 1;

const examples = `
Examples:
  the full proof, five to ten minutes:
    npm run chaos -- --rounds 200
  the faults of a run that failed, again:
    npm run chaos -- --rounds 200 --seed 1234
  as long as the night is, one JSON object as the last line:
    npm run chaos -- --rounds 100000 --minutes 480 --json

docs/benchmarks.md explains what is checked, and every field.`;

export function chaosCommand(): Command {
  return new Command('chaos')
    .description(
      'Kills, freezes and restarts the nodes of a real cluster under load, and checks after every round that each ' +
        'acknowledged row is there exactly once, that nothing else is there, and that all replicas are equal.',
    )
    .option('--rounds <count>', 'rounds of faults', wholeNumber(1, 1_000_000), 200)
    .option('--seed <number>', 'draws faults and load (default: drawn, and printed)', wholeNumber(0, seedsMax))
    .option('--minutes <count>', 'ends after the round in which this time has passed', wholeNumber(1, 10_000), 60)
    .option('--nodes <count>', 'nodes of the cluster', wholeNumber(3, 7), 3)
    .option('--writers <count>', 'clients that write at the same time', wholeNumber(1, 1000), 8)
    .option('--folder <folder>', 'where data and logs lie', defaultFolder)
    .option('--keep', 'keep data and logs even if nothing went wrong')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: ChaosOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: ChaosOptions, signal: AbortSignal): Promise<Outcome> {
  const { rounds, minutes, nodes, writers, keep } = options;
  const seed = options.seed ?? randomInt(seedsMax);
  const progress = new ProgressLine();
  progress.show(`seed ${seed}: starting ${nodes} nodes`);
  const report = await inRunFolder(
    options.folder,
    'chaos',
    ({ good }: ChaosReport) => keep === true || !good,
    (folder) =>
      runChaos(
        { nodes, rounds, seed, minutes, writers, folder },
        {
          onRound: (round, kind, acknowledged, stallMs) =>
            progress.show(
              `round ${round} of ${rounds}, ${kind}: ${acknowledged} rows acknowledged, all there; ` +
                `writes stood still for ${stallMs.toFixed(0)} ms`,
            ),
        },
        signal,
      ).finally(() => progress.clear()),
  );
  return { report, text: describeChaos(report), good: report.good };
}
