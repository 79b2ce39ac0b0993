import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { defaultFolder, inRunFolder } from '../command/run-folder.ts';
import { ProgressLine } from '../progress-line.ts';
import { type NetworkKind, networkKinds } from './network/chaos-network.ts';
import { type RoundKind, roundKinds } from './plan.ts';
import { type ChaosReport, describeChaos } from './report.ts';
import { runChaos } from './run-chaos.ts';

interface ChaosOptions {
  readonly rounds: number;
  readonly seed?: number;
  readonly minutes: number;
  readonly nodes: number;
  readonly network?: NetworkKind;
  readonly faults: readonly RoundKind[];
  readonly writers: number;
  readonly folder: string;
  readonly history?: string;
  readonly keep?: true;
  readonly json?: true;
}

const seedsMax = 2 ** 32 - 1;
const roundsMax = 1_000_000;
const roundsDefault = 200;
const minutesDefault = 60;

const examples = `
Examples:
  the full proof, five to ten minutes:
    npm run chaos -- --rounds 200
  the faults of a run that failed, again:
    npm run chaos -- --rounds 200 --seed 1234
  as long as the night is, one JSON object as the last line:
    npm run chaos -- --minutes 480 --json
  what clients saw, for another checker to judge:
    npm run chaos -- --minutes 5 --history run.ndjson
  without root, only what happens between nodes:
    npm run chaos -- --minutes 3 --network proxy --faults "isolate leader,cut one way,slow link"

docs/chaos.md explains what is checked, and every field.`;

export function chaosCommand(): Command {
  return new Command('chaos')
    .description(
      'Kills, freezes, cuts off and restarts the nodes of a real cluster under load, fills their disks, and checks after ' +
        'every round that each acknowledged row is there exactly once, that nothing else is there, that all replicas ' +
        'are equal, and that what clients saw is linearizable.',
    )
    .option(
      '--rounds <count>',
      'rounds of faults (default: 200, or as many as --minutes takes)',
      wholeNumber(1, roundsMax),
    )
    .option('--seed <number>', 'draws faults and load (default: drawn, and printed)', wholeNumber(0, seedsMax))
    .option('--minutes <count>', 'ends after the round in which this time has passed', wholeNumber(1, 10_000))
    .option('--nodes <count>', 'nodes of the cluster', wholeNumber(3, 7), 3)
    .option('--writers <count>', 'clients that write at the same time', wholeNumber(1, 1000), 8)
    .addOption(
      new Option(
        '--network <kind>',
        'what lies between the nodes (default: namespaces if this machine lets us, else proxy)',
      ).choices(networkKinds),
    )
    .option('--faults <kinds>', `kinds of rounds to draw from, with commas between them`, kindsOf, roundKinds)
    .option('--history <file>', 'write what clients saw of the registers, as docs/history-format.md has it')
    .option('--folder <folder>', 'where data and logs lie', defaultFolder)
    .option('--keep', 'keep data and logs even if nothing went wrong')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: ChaosOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: ChaosOptions, signal: AbortSignal): Promise<Outcome> {
  const { nodes, writers, network, faults: kinds, history: historyFile, keep } = options;
  const minutes = options.minutes ?? minutesDefault;
  const rounds = options.rounds ?? (options.minutes === undefined ? roundsDefault : roundsMax);
  const seed = options.seed ?? randomInt(seedsMax);
  const progress = new ProgressLine();
  progress.show(`seed ${seed}: starting ${nodes} nodes`);
  const report = await inRunFolder(
    options.folder,
    'chaos',
    ({ good }: ChaosReport) => keep === true || !good,
    (folder) =>
      runChaos(
        { nodes, rounds, seed, minutes, writers, network, kinds, folder, historyFile },
        {
          onRound: (round, kind, acknowledged, stallMs) =>
            progress.show(
              `round ${round}${rounds === roundsMax ? '' : ` of ${rounds}`}, ${kind}: ${acknowledged} rows acknowledged, ` +
                `all there; writes stood still for ${stallMs.toFixed(0)} ms`,
            ),
        },
        signal,
      ).finally(() => progress.clear()),
  );
  return { report, text: describeChaos(report), good: report.good };
}

function kindsOf(text: string): readonly RoundKind[] {
  return text.split(',').map((word) => {
    const kind = roundKinds.find((candidate) => candidate === word.trim());
    if (kind === undefined) throw new InvalidArgumentError(`Expected some of: ${roundKinds.join(', ')}.`);
    return kind;
  });
}
