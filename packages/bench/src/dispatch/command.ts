import { defaultLimits } from '@balsa/replica';
import { Command } from 'commander';
import { BenchError } from '../bench-error.ts';
import { namesOutOf, wholeNumber, wholeNumbers } from '../command/options.ts';
import { type Outcome, runCommand } from '../command/run-command.ts';
import { defaultFolder, inRunFolder } from '../command/run-folder.ts';
import { describeEnvironment, requireDisk } from '../measure/environment.ts';
import { ProgressLine } from '../progress-line.ts';
import { describeDispatch } from './describe.ts';
import { part, slowNode, zoneList } from './options.ts';
import { writePlots } from './plot/write-plots.ts';
import { type DispatchReport, dispatchReport } from './report.ts';
import { runDispatch } from './run-dispatch.ts';
import { type DispatchSettings, dispatchNames, type SlowNode, strategyNames } from './settings.ts';

interface DispatchCommandOptions extends Omit<DispatchSettings, 'egressMbit' | 'batchBytesMax' | 'batchesUnderWayMax'> {
  readonly egressMbit?: number;
  readonly batchBytes: number;
  readonly batchesUnderWay: number;
  readonly plot?: string;
  readonly folder: string;
  readonly keep?: true;
  readonly json?: true;
}

const nodesMax = 15;

const examples = `
Examples:
  what relays gain where bandwidth is scarce, some minutes, as root:
    npm run bench -- dispatch --nodes 3,5,9 --egress-mbit 100 --plot balsa-data/plots
  what they cost where it is not, a quick look, one JSON object as the last line:
    npm run bench -- dispatch --nodes 3 --value-bytes 256,4096 --seconds 3 --rounds 2 --json
  with a node whose link is ten times slower:
    npm run bench -- dispatch --nodes 5 --egress-mbit 100 --slow 3=10
  what that costs each strategy:
    npm run bench -- dispatch --nodes 5 --egress-mbit 100 --slow 3=10 --slow-in-turn --strategies direct,relay,coded
  a relay that is killed under load:
    npm run bench -- dispatch --nodes 5 --kill-relay --strategies relay,coded
  in two zones, and how often each entry crosses from one into the other:
    npm run bench -- dispatch --nodes 6 --zones a,a,a,b,b,b --strategies direct,relay,coded
  what a window gains, and clients that go on as soon as a quorum has received their entry:
    npm run bench -- dispatch --nodes 5 --strategies relay-ordered,relay-committed,relay-weak

docs/benchmarks.md explains the method and every field.`;

export function dispatchCommand(): Command {
  return new Command('dispatch')
    .description(
      'How leaders get entries to followers: strategies compared round by round on one running cluster of processes that embed ' +
        '@balsa/replica, with links that may be capped.',
    )
    .option('--nodes <counts>', 'group widths, one cluster after the other', wholeNumbers(2, nodesMax), [3, 5, 9])
    .option('--value-bytes <sizes>', 'of each entry', wholeNumbers(1, 1_000_000), [65_536])
    .option('--compressible <part>', 'of each entry that is the same in all, from 0 to 1', part, 0)
    .option('--clients <count>', 'each has one entry under way', wholeNumber(1, 10_000), 128)
    .option('--groups <count>', 'all led by node 1; clients are shared out', wholeNumber(1, 1000), 1)
    .option('--seconds <seconds>', 'measured in each round', wholeNumber(1, 3600), 10)
    .option('--warmup-seconds <seconds>', 'of load before', wholeNumber(0, 3600), 3)
    .option('--rounds <count>', 'of each strategy', wholeNumber(1, 100), 3)
    .option(
      '--strategies <names>',
      `of ${strategyNames.join(', ')}; compared with the first`,
      namesOutOf(strategyNames),
      [...dispatchNames],
    )
    .option('--egress-mbit <number>', 'what each node may send; needs root on Linux', wholeNumber(1, 100_000))
    .option('--slow <node=factor>', 'divides the cap of a node; may be repeated', slowNode, [])
    .option('--slow-in-turn', 'each strategy without the slow nodes, then with them: what they cost', false)
    .option('--kill-relay', 'each strategy loses a relay under load: for how long commits wait', false)
    .option(
      '--zones <names>',
      'of node 1, node 2, ... and so on again; shows what crossed from zone to zone',
      zoneList,
      [],
    )
    .option('--election-timeout-ms <ms>', 'of the nodes', wholeNumber(50, 60_000), 1000)
    .option('--heartbeat-interval-ms <ms>', 'of the nodes', wholeNumber(5, 20_000), 100)
    .option('--batch-bytes <bytes>', 'limit of the nodes', wholeNumber(1), defaultLimits.batchBytesMax)
    .option(
      '--batches-under-way <count>',
      'limit of the nodes',
      wholeNumber(1, 10_000),
      defaultLimits.batchesUnderWayMax,
    )
    .option('--seed <number>', 'of what is written', wholeNumber(0, 2 ** 31), 1)
    .option('--plot <file.svg or folder>', 'throughput and p99 against group width')
    .option('--folder <folder>', 'where the data lie; must be on a disk', defaultFolder)
    .option('--keep', 'keep data and output of the nodes')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: DispatchCommandOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(options: DispatchCommandOptions, signal: AbortSignal): Promise<Outcome> {
  const settings = settingsOf(options);
  const progress = new ProgressLine();
  const report = await inRunFolder(
    options.folder,
    'dispatch',
    ({ good }: DispatchReport) => options.keep === true || !good,
    async (folder) => {
      requireDisk(folder);
      try {
        const measured = await runDispatch(settings, folder, { onStage: (text) => progress.show(text) }, signal);
        return dispatchReport(settings, describeEnvironment(folder), measured);
      } finally {
        progress.clear();
      }
    },
  );
  if (options.plot !== undefined) {
    for (const file of writePlots(report, options.plot)) process.stderr.write(`drawn: ${file}\n`);
  }
  return { report, text: describeDispatch(report), good: report.good };
}

/** Throws ILLEGAL_ARGUMENT where options do not go together. */
function settingsOf(options: DispatchCommandOptions): DispatchSettings {
  const { nodes, valueBytes, compressible, clients, groups, seconds, warmupSeconds, rounds, strategies } = options;
  const { slow, slowInTurn, killRelay, zones } = options;
  const { electionTimeoutMs, heartbeatIntervalMs, batchBytes, batchesUnderWay, seed, egressMbit = null } = options;
  const refuse = (why: string): never => {
    throw new BenchError('ILLEGAL_ARGUMENT', why);
  };
  if (3 * heartbeatIntervalMs >= electionTimeoutMs) {
    refuse('the heartbeat interval must be less than a third of the election timeout');
  }
  if (clients < groups) refuse('there must be at least one client for each group');
  if (slow.length > 0 && egressMbit === null) refuse('--slow divides a cap: it needs --egress-mbit');
  if (slowInTurn && slow.length === 0) refuse('--slow-in-turn needs --slow');
  if (killRelay && Math.min(...nodes) < 3) refuse('--kill-relay: of two nodes, none can do without the other');
  const stranger = slow.find(({ node }: SlowNode) => node > Math.min(...nodes));
  if (stranger !== undefined) refuse(`--slow: there is no node ${stranger.node} in every group`);
  return {
    nodes,
    valueBytes,
    compressible,
    clients,
    groups,
    seconds,
    warmupSeconds,
    rounds,
    strategies,
    egressMbit,
    slow,
    slowInTurn,
    killRelay,
    zones,
    electionTimeoutMs,
    heartbeatIntervalMs,
    batchBytesMax: batchBytes,
    batchesUnderWayMax: batchesUnderWay,
    seed,
  };
}
