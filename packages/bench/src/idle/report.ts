// The whole run as one object, and as text. docs/benchmarks.md documents every field.

import type { Environment } from '../measure/environment.ts';
import { type Spread, spreadOf } from '../measure/spread.ts';
import { fineSpread, wholeSpread } from '../measure/spread-text.ts';
import { textTable } from '../text-table.ts';
import type { IdleRun, NodeAtRest } from './run-idle.ts';
import type { IdleSettings } from './settings.ts';

/** Spreads over the nodes. */
export interface IdleReport {
  readonly benchmark: 'idle';
  readonly settings: IdleSettings;
  readonly environment: Environment;
  /** Per cent of one core. */
  readonly cpuPercent: Spread;
  /** Of a node without groups: what a process costs by itself. */
  readonly cpuPercentWithoutGroups: Spread;
  /** What a node with groups takes more than one without, divided by their number. */
  readonly heapBytesPerGroup: Spread;
  readonly offHeapBytesPerGroup: Spread;
  readonly residentBytesPerGroup: Spread;
  readonly withoutGroups: readonly NodeAtRest[];
  readonly withGroups: readonly NodeAtRest[];
}

export function idleReport(settings: IdleSettings, environment: Environment, run: IdleRun): IdleReport {
  const { withoutGroups, withGroups } = run;
  const perGroup = (figure: (node: NodeAtRest) => number): Spread =>
    spreadOf(withGroups.map((node, i) => (figure(node) - figure(withoutGroups[i]!)) / settings.groups));
  return {
    benchmark: 'idle',
    settings,
    environment,
    cpuPercent: spreadOf(withGroups.map(({ cpuPercent }) => cpuPercent)),
    cpuPercentWithoutGroups: spreadOf(withoutGroups.map(({ cpuPercent }) => cpuPercent)),
    heapBytesPerGroup: perGroup(({ heapBytes }) => heapBytes),
    offHeapBytesPerGroup: perGroup(({ offHeapBytes }) => offHeapBytes),
    residentBytesPerGroup: perGroup(({ residentBytes }) => residentBytes),
    withoutGroups,
    withGroups,
  };
}

const mebibyte = 1024 * 1024;

export function describeIdle(report: IdleReport): string {
  const { settings, withoutGroups, withGroups } = report;
  const { nodes, groups, writes, settleSeconds, seconds, electionTimeoutMs, heartbeatIntervalMs } = settings;
  const heading =
    `${nodes} nodes in as many processes, ${groups.toLocaleString('en')} groups on all of them, ${writes} writes to each; ` +
    `election timeout ${electionTimeoutMs} ms, heartbeats every ${heartbeatIntervalMs} ms; ` +
    `${seconds} s after ${settleSeconds} s of rest`;
  const rowsOf = (atRest: readonly NodeAtRest[], count: number): string[][] =>
    atRest.map(({ node, led, cpuPercent, heapBytes, offHeapBytes, residentBytes }) => [
      `node ${node}, ${count.toLocaleString('en')} groups`,
      led.toLocaleString('en'),
      cpuPercent.toFixed(2),
      ...[heapBytes, offHeapBytes, residentBytes].map((bytes) => (bytes / mebibyte).toFixed(1)),
    ]);
  const table = textTable([
    ['', 'leads', 'CPU %', 'heap MiB', 'off-heap MiB', 'RSS MiB'],
    ...rowsOf(withoutGroups, 0),
    ...rowsOf(withGroups, groups),
  ]);
  return [
    heading,
    '',
    table,
    '',
    'over the nodes, median (min-max):',
    `  CPU, % of a core: ${fineSpread(report.cpuPercent)}; without groups ${fineSpread(report.cpuPercentWithoutGroups)}`,
    `  heap bytes/group: ${wholeSpread(report.heapBytesPerGroup)}`,
    `  off-heap bytes/group: ${wholeSpread(report.offHeapBytesPerGroup)}`,
    `  RSS bytes/group: ${wholeSpread(report.residentBytesPerGroup)}`,
  ].join('\n');
}
