import type { Durability } from '@balsa/replica';
import { DurabilityMode } from '@balsa/server';
import type { Acknowledgement } from '@balsa/wire';
import { Command, Option } from 'commander';
import { wholeNumber } from '../command/options.ts';
import { runCommand } from '../command/run-command.ts';
import { defaultFolder, inRunFolder } from '../command/run-folder.ts';
import { acknowledgements } from '../load/spec.ts';
import { describeEnvironment, requireDisk } from '../measure/environment.ts';
import { ProgressLine } from '../progress-line.ts';
import { startBalsaTarget } from '../targets/balsa-target.ts';
import { type EtcdClient, etcdClients, startEtcdTarget } from '../targets/etcd-target.ts';
import { startNatsTarget } from '../targets/nats-target.ts';
import type { Target } from '../targets/target.ts';
import { type WritesReport, writesReport } from './report.ts';
import { measureWrites } from './run-writes.ts';
import { checkWritesSettings, type Peer, peers, type WritesSettings } from './settings.ts';
import { describeReport } from './table.ts';

interface WritesOptions {
  readonly nodes: number;
  readonly clients: number;
  readonly connections?: number;
  readonly valueBytes: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly rate?: number;
  readonly requestTimeoutMs: number;
  readonly durability: Durability;
  readonly acknowledge: Acknowledgement;
  readonly peer?: Peer;
  readonly etcdClient: EtcdClient;
  readonly folder: string;
  readonly keep?: true;
  readonly json?: true;
}

const connectionsDefaultMax = 100;

const examples = `
Examples:
  1,000 clients over 100 connections, 256 B values, next to etcd driven by its own Go client:
    npm run bench -- writes --clients 1000 --connections 100 --peer etcd --etcd-client go
  next to NATS JetStream, which does not flush before it answers; and what Balsa does if it need not either:
    npm run bench -- writes --clients 1000 --connections 100 --peer nats
    npm run bench -- writes --clients 1000 --connections 100 --peer nats --durability batched
  one client, latency only:
    npm run bench -- writes --clients 1 --connections 1
  large values, one JSON object as the last line:
    npm run bench -- writes --clients 32 --connections 32 --value-bytes 65536 --json
  open loop at 20,000 writes a second:
    npm run bench -- writes --rate 20000

docs/benchmarks.md explains the method and every field.`;

export function writesCommand(): Command {
  return new Command('writes')
    .description(
      'Durable replicated writes per second: a cluster of real processes that flush every write, with a state machine ' +
        'that only counts, loaded from a process of its own through the client protocol.',
    )
    .option('--nodes <count>', 'nodes of each cluster', wholeNumber(1, 7), 3)
    .option('--clients <count>', 'simulated clients, each with one write in flight', wholeNumber(1, 100_000), 1000)
    .option(
      '--connections <count>',
      `connections that the clients share (default: one per client, at most ${connectionsDefaultMax})`,
      wholeNumber(1, 10_000),
    )
    .option('--value-bytes <bytes>', 'bytes of each write', wholeNumber(1, 1 << 20), 256)
    .option('--seconds <seconds>', 'measured time of each round', wholeNumber(1, 3600), 10)
    .option('--warmup-seconds <seconds>', 'load before the measurement of each round', wholeNumber(0, 3600), 3)
    .option('--rounds <count>', 'rounds of each system, taking turns', wholeNumber(1, 1000), 3)
    .option('--rate <per-second>', 'open loop: writes due per second over all clients', wholeNumber(1, 10_000_000))
    .option('--request-timeout-ms <ms>', 'deadline of each write', wholeNumber(1, 600_000), 10_000)
    .addOption(
      new Option('--durability <mode>', "Balsa's: `sync` flushes before it answers, the others do not")
        .choices(Object.values(DurabilityMode))
        .default(DurabilityMode.sync),
    )
    .addOption(
      new Option('--acknowledge <how>', "when Balsa's clients are answered: docs/weak-writes.md")
        .choices(acknowledgements)
        .default('applied'),
    )
    .addOption(new Option('--peer <name>', 'also measure a peer, in turns').choices(peers))
    .addOption(
      new Option('--etcd-client <language>', "etcd's load generator: grpc-js or etcd's own Go client")
        .choices(etcdClients)
        .default('node'),
    )
    .option('--folder <folder>', 'where the data lie; must be on a disk', defaultFolder)
    .option('--keep', 'keep data and logs')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .action((options: WritesOptions) => runCommand(options.json === true, (signal) => run(options, signal)));
}

async function run(
  options: WritesOptions,
  signal: AbortSignal,
): Promise<{ report: WritesReport; text: string; good: boolean }> {
  const settings = settingsOf(options);
  checkWritesSettings(settings);
  const report = await inRunFolder(
    options.folder,
    'writes',
    () => options.keep === true,
    (folder) => {
      requireDisk(folder);
      return measure(settings, folder, signal);
    },
  );
  return { report, text: describeReport(report), good: true };
}

function settingsOf(options: WritesOptions): WritesSettings {
  const {
    nodes,
    clients,
    valueBytes,
    warmupSeconds,
    seconds,
    rounds,
    requestTimeoutMs,
    durability,
    acknowledge,
    etcdClient,
  } = options;
  return {
    nodes,
    clients,
    connections: options.connections ?? Math.min(clients, connectionsDefaultMax),
    valueBytes,
    warmupSeconds,
    seconds,
    rounds,
    ratePerSecond: options.rate ?? null,
    requestTimeoutMs,
    durability,
    acknowledge,
    peer: options.peer ?? null,
    etcdClient,
  };
}

async function measure(settings: WritesSettings, folder: string, signal: AbortSignal): Promise<WritesReport> {
  const progress = new ProgressLine();
  const targets: Target[] = [];
  try {
    // Peers first: if one is not installed, that is known at once. Balsa stands first all the same.
    if (settings.peer !== null) {
      progress.show(`starting ${settings.peer}`);
      targets.push(await startPeer(settings, settings.peer, folder, signal));
    }
    progress.show('starting Balsa');
    targets.unshift(await startBalsaTarget(settings, `${folder}/balsa`));
    const systems = await measureWrites(
      targets,
      settings,
      settings.rounds,
      {
        onProgress: (system, round, operationsPerSecond) =>
          progress.show(
            `round ${round} of ${settings.rounds}, ${system}: ${operationsPerSecond.toLocaleString('en')} writes/s`,
          ),
      },
      signal,
    );
    return writesReport(settings, describeEnvironment(folder), systems);
  } finally {
    progress.clear();
    await Promise.all(targets.map((target) => target.stop()));
  }
}

function startPeer(
  { nodes, etcdClient }: WritesSettings,
  peer: Peer,
  folder: string,
  signal: AbortSignal,
): Promise<Target> {
  switch (peer) {
    case 'etcd':
      return startEtcdTarget(nodes, etcdClient, `${folder}/etcd`, signal);
    case 'nats':
      return startNatsTarget(nodes, `${folder}/nats`, signal);
  }
}
