// The report for people: medians with their range over the rounds.

import type { Spread } from '../measure/spread.ts';
import { fineSpread, wholeSpread } from '../measure/spread-text.ts';
import { textTable } from '../text-table.ts';
import type { SystemReport, WritesReport } from './report.ts';

export function describeReport(report: WritesReport): string {
  const { settings, systems, ratios } = report;
  const load =
    settings.ratePerSecond === null ? 'closed loop' : `open loop at ${settings.ratePerSecond.toLocaleString('en')}/s`;
  const heading =
    `${settings.nodes} nodes, ${settings.clients} clients over ${settings.connections} connections, ` +
    `${settings.valueBytes} B values, ${load}, ${settings.rounds} x ${settings.seconds} s; median (min-max)`;
  const columns = systems.map(figures);
  const names = [...figures(systems[0]!).keys()];
  const table = textTable([
    ['', ...systems.map((system) => system.system)],
    ...names.map((name) => [name, ...columns.map((column) => column.get(name) ?? '')]),
  ]);
  const notes = systems.map(
    (system) =>
      `${system.system}: ${system.description}\n  answers: ${describeStatuses(system.statuses)}${describeUnstarted(system)}`,
  );
  const comparisons = Object.entries(ratios).map(
    ([peer, ratio]) =>
      `Balsa : ${peer} = ${ratio.operationsPerSecond.toFixed(2)} in throughput, ` +
      `${ratio.p50.toFixed(3)} in p50, ${ratio.p99.toFixed(3)} in p99` +
      (ratio.serverCpuPerOperation === null
        ? ''
        : `, ${ratio.serverCpuPerOperation.toFixed(3)} in server CPU per write`),
  );
  return [heading, '', table, '', ...notes, ...comparisons].join('\n');
}

function figures(system: SystemReport): Map<string, string> {
  return new Map([
    ['writes/s', wholeSpread(system.operationsPerSecond)],
    ['p50 ms', fineSpread(system.p50Ms)],
    ['p99 ms', fineSpread(system.p99Ms)],
    ['p99.9 ms', fineSpread(system.p999Ms)],
    ['p99 ms, uncorrected', fineSpread(system.uncorrectedP99Ms)],
    ['server CPU us/write', fineIfKnown(system.serverCpuUsPerOperation)],
    ['generator CPU us/write', fineIfKnown(system.generatorCpuUsPerOperation)],
    ['bytes/flush', system.bytesPerFlush === null ? 'unknown' : wholeSpread(system.bytesPerFlush)],
  ]);
}

function describeStatuses(statuses: Readonly<Record<string, number>>): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${status} ${count.toLocaleString('en')}`)
    .join(', ');
}

/** Open loop: a system that cannot keep up has latencies that grow with the length of the round. */
function describeUnstarted({ rounds }: SystemReport): string {
  const unstarted = rounds.reduce((total, round) => total + round.unstarted, 0);
  return unstarted === 0 ? '' : `; ${unstarted.toLocaleString('en')} more were due and could not be started`;
}

function fineIfKnown(spread: Spread | null): string {
  return spread === null ? 'unknown' : fineSpread(spread);
}
