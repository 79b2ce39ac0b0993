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
}

export function coreReport(settings: CoreSettings, machine: Machine, measured: readonly MeasuredLoad[]): CoreReport {
  return { benchmark: 'core', settings, machine, loads: measured.map(loadReport) };
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

export function describeCore({ settings, loads }: CoreReport): string {
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
  return [heading, '', textTable([['', 'entries/s', 'entries/batch', 'CPU us/entry'], ...rows]), '', ...notes].join(
    '\n',
  );
}

export function describeLoad({ system, clients }: Load): string {
  return `${system}, ${clients.toLocaleString('en')} ${clients === 1 ? 'client' : 'clients'}`;
}
