// The whole run as one object, and as text. docs/benchmarks.md documents every field.

import type { Machine } from '../measure/environment.ts';
import { type Spread, spreadOf } from '../measure/spread.ts';
import { fineSpread, wholeSpread } from '../measure/spread-text.ts';
import { textTable } from '../text-table.ts';
import type { CoreRound, Load, MeasuredLoad } from './run-core.ts';
import type { CoreSettings } from './settings.ts';

export interface CoreLoadReport extends MeasuredLoad {
  readonly entriesPerSecond: Spread;
  readonly entriesPerBatch: Spread;
  readonly cpuUsPerEntry: Spread;
}

export interface CoreReport {
  readonly benchmark: 'core';
  readonly settings: CoreSettings;
  readonly machine: Machine;
  readonly loads: readonly CoreLoadReport[];
  /** Empty unless statistics were asked for. */
  readonly statistics: readonly StatisticsCost[];
}

/** What collecting statistics costs, each round with them against the same round without. */
export interface StatisticsCost {
  readonly clients: number;
  /** Of entries a second; below 1: slower with them. */
  readonly speedRatio: Spread;
  /** Of CPU time per entry; above 1: dearer with them. */
  readonly cpuRatio: Spread;
}

export function coreReport(settings: CoreSettings, machine: Machine, measured: readonly MeasuredLoad[]): CoreReport {
  const loads = measured.map(loadReport);
  return { benchmark: 'core', settings, machine, loads, statistics: statisticsCosts(measured) };
}

function statisticsCosts(measured: readonly MeasuredLoad[]): StatisticsCost[] {
  const pairs = measured.flatMap((observed) => {
    const plain = measured.find(({ system, clients }) => system === 'hosts' && clients === observed.clients);
    return observed.system === 'observed' && plain !== undefined ? [{ plain, observed }] : [];
  });
  return pairs.map(({ plain, observed }) => {
    const ratio = (figure: (round: CoreRound) => number): Spread =>
      spreadOf(observed.rounds.map((round, at) => figure(round) / figure(plain.rounds[at]!)));
    return {
      clients: observed.clients,
      speedRatio: ratio(({ entries, seconds }) => Math.max(1, entries) / seconds),
      cpuRatio: ratio(({ entries, cpuUs }) => cpuUs / Math.max(1, entries)),
    };
  });
}

function loadReport(load: MeasuredLoad): CoreLoadReport {
  const spread = (figure: (round: CoreRound) => number): Spread => spreadOf(load.rounds.map(figure));
  return {
    ...load,
    entriesPerSecond: spread(({ entries, seconds }) => entries / seconds),
    entriesPerBatch: spread(({ entries, batches }) => entries / Math.max(1, batches)),
    cpuUsPerEntry: spread(({ entries, cpuUs }) => cpuUs / Math.max(1, entries)),
  };
}

export function describeCore({ settings, loads, statistics }: CoreReport): string {
  const { members, entryBytes, rounds, seconds } = settings;
  const heading =
    `${members} members in one process, no disk, no network, ${entryBytes} B entries, ` +
    `${rounds} x ${seconds} s each, in turns; median (min-max)`;
  const rows = loads.map((load) => [
    describeLoad(load),
    wholeSpread(load.entriesPerSecond),
    wholeSpread(load.entriesPerBatch),
    fineSpread(load.cpuUsPerEntry),
  ]);
  const notes = new Set(loads.map(({ system, description }) => `${system}: ${description}`));
  const costs = statistics.map(({ clients, speedRatio, cpuRatio }) => {
    return `with statistics, ${clients} clients: entries/s x ${fineSpread(speedRatio)}, CPU x ${fineSpread(cpuRatio)}`;
  });
  const table = textTable([['', 'entries/s', 'entries/batch', 'CPU us/entry'], ...rows]);
  return [heading, '', table, '', ...costs, ...notes].join('\n');
}

export function describeLoad({ system, clients }: Load): string {
  return `${system}, ${clients.toLocaleString('en')} ${clients === 1 ? 'client' : 'clients'}`;
}
