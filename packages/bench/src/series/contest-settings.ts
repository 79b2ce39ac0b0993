// What both comparisons with time-series databases are asked to do alike: its options, and whether they go together.

import type { Durability } from '@balsa/replica';
import { DurabilityMode } from '@balsa/server';
import { type Command, Option } from 'commander';
import { BenchError } from '../bench-error.ts';
import { moreNamesOutOf, wholeNumber, wholeNumbers } from '../command/options.ts';
import { defaultFolder } from '../command/run-folder.ts';
import type { BalsaProtocol } from './balsa-series.ts';
import { checkDataShape, type DataKind, type DataShape, dataKinds } from './data-shape.ts';
import { type ContestSettings, type SeriesPeer, seriesPeers } from './start-targets.ts';

export interface ContestOptions extends DataShape {
  readonly outOfOrder: number;
  readonly clients: number;
  readonly nodes: readonly number[];
  readonly rounds: number;
  readonly durability: Durability;
  readonly aligned?: true;
  readonly peer: readonly SeriesPeer[];
  readonly folder: string;
  readonly keep?: true;
  readonly json?: true;
}

const nodesMax = 7;

export interface ContestDefaults {
  readonly rows: number;
  readonly kind: DataKind;
}

export function addDataOptions(command: Command, { rows, kind }: ContestDefaults): Command {
  return command
    .option('--devices <count>', 'devices that are written to in turn', wholeNumber(1, 1_000_000), 100)
    .option('--sensors <count>', 'series of each device', wholeNumber(1, 1000), 10)
    .option('--rows <count>', 'rows of each device', wholeNumber(1, 100_000_000), rows)
    .option('--batch-rows <count>', 'rows of each write', wholeNumber(1, 100_000), 100)
    .option('--out-of-order <percent>', 'rows that come late, in writes of their own', wholeNumber(0, 50), 0)
    .option('--interval-ms <ms>', 'between two rows of a device', wholeNumber(1, 86_400_000), 5000)
    .addOption(
      new Option('--kind <kind>', 'of values; `mixed`: the sensors of a device take turns')
        .choices(dataKinds)
        .default(kind),
    )
    .option('--seed <number>', 'of all values', wholeNumber(0, 2 ** 31), 1);
}

export function addContestOptions(command: Command): Command {
  return command
    .option('--rounds <count>', 'rounds of each system, taking turns', wholeNumber(1, 100), 3)
    .option('--nodes <counts>', 'nodes of Balsa, each count a system of its own', wholeNumbers(1, nodesMax), [1])
    .addOption(
      new Option('--durability <mode>', "Balsa's: `sync` flushes before it answers, the others do not")
        .choices(Object.values(DurabilityMode))
        .default(DurabilityMode.sync),
    )
    .option('--aligned', "Balsa's devices are aligned: their series share the times")
    .option(
      '--peer <name>',
      `also measure ${seriesPeers.join(' or ')}, in turns; may be repeated`,
      moreNamesOutOf(seriesPeers),
      [],
    )
    .option('--folder <folder>', 'where the data lie; must be on a disk', defaultFolder)
    .option('--keep', 'keep data and logs')
    .option('--json', 'print one JSON object as the last line')
    .showHelpAfterError('(--help shows the options and examples)');
}

export function contestSettingsOf(options: ContestOptions, protocols: readonly BalsaProtocol[]): ContestSettings {
  const { devices, sensors, rows, batchRows, outOfOrder, intervalMs, kind, seed } = options;
  const { clients, nodes, durability, aligned, peer } = options;
  return {
    shape: { devices, sensors, rows, batchRows, outOfOrderPercent: outOfOrder, intervalMs, kind, seed },
    clients,
    nodes,
    protocols,
    durability,
    aligned: aligned === true,
    peers: peer,
  };
}

/** Throws ILLEGAL_ARGUMENT. */
export function checkContestSettings({ shape, clients }: ContestSettings): void {
  checkDataShape(shape);
  if (clients > shape.devices) {
    throw new BenchError(
      'ILLEGAL_ARGUMENT',
      `there may be no more clients (${clients}) than devices (${shape.devices}): each device has one client`,
    );
  }
}
