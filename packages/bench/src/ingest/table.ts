// The report for people: medians with their range over the rounds.

import type { Spread } from '../measure/spread.ts';
import { fineSpread, wholeSpread } from '../measure/spread-text.ts';
import { pointsOf } from '../series/data-shape.ts';
import { describeShape } from '../series/describe-shape.ts';
import { textTable } from '../text-table.ts';
import type { IngestRatios, IngestReport, IngestSystemReport } from './report.ts';

const mebibyte = 1024 * 1024;
/** No system stores points in less. */
const storageBytesMin = 64 * 1024;

export function describeIngest({ settings, systems, ratios }: IngestReport): string {
  const { shape, clients, rounds, warmupPercent } = settings;
  const heading =
    `${describeShape(shape)}; ${clients} clients, ${rounds} rounds, the first ${warmupPercent} % of each not measured; ` +
    'median (min-max)';
  const columns = systems.map(figures);
  const table = textTable([
    ['', ...systems.map(({ system }) => system)],
    ...columns[0]!.map(([name], row) => [name, ...columns.map((column) => column[row]![1])]),
  ]);
  const notes = systems.flatMap((system) => [
    `${system.system}: ${system.description}`,
    ...reservations(system, pointsOf(shape)).map((reservation) => `  ${reservation}`),
  ]);
  const comparisons = Object.entries(ratios).map(([system, ratio]) =>
    describeRatios(systems[0]!.system, system, ratio),
  );
  return [heading, '', table, '', ...notes, ...comparisons].join('\n');
}

function reservations({ rounds, storageBytesPerPoint, logBytes }: IngestSystemReport, points: number): string[] {
  const restless = rounds.filter(({ isQuiet }) => !isQuiet).length;
  const isLogOnly = storageBytesPerPoint.median * points < storageBytesMin && logBytes.median > 0;
  return [
    ...(restless === 0 ? [] : [`in ${restless} rounds it was still at work when its files were measured`]),
    ...(isLogOnly ? ['its points are nowhere but in its log: storage bytes say nothing'] : []),
  ];
}

function figures(system: IngestSystemReport): readonly (readonly [name: string, text: string])[] {
  const mebibytes = ({ median, min, max }: Spread): string =>
    wholeSpread({ median: median / mebibyte, min: min / mebibyte, max: max / mebibyte });
  return [
    ['points/s', wholeSpread(system.pointsPerSecond)],
    ['points/s per core used', ifKnown(system.pointsPerCpuSecond, wholeSpread)],
    ['  flushed and merged', ifKnown(system.mergedPointsPerCpuSecond, wholeSpread)],
    ['server CPU us/point', ifKnown(system.serverCpuUsPerPoint, fineSpread)],
    ['  flushed and merged', ifKnown(system.mergedCpuUsPerPoint, fineSpread)],
    ['client CPU us/point', fineSpread(system.clientCpuUsPerPoint)],
    ['p50 ms of a batch', fineSpread(system.batchP50Ms)],
    ['p99 ms of a batch', fineSpread(system.batchP99Ms)],
    ['sent bytes/point', fineSpread(system.sentBytesPerPoint)],
    ['storage bytes/point', fineSpread(system.storageBytesPerPoint)],
    ['log MiB', mebibytes(system.logBytes)],
    ['peak memory MiB', ifKnown(system.peakResidentBytes, mebibytes)],
    ['flushed and merged after s', fineSpread(system.settleSeconds)],
    ['all counted after a restart, s', fineSpread(system.restartSeconds)],
  ];
}

function ifKnown(spread: Spread | null, text: (spread: Spread) => string): string {
  return spread === null ? 'unknown' : text(spread);
}

function describeRatios(first: string, other: string, ratio: IngestRatios): string {
  const known = (value: number | null, of: string): string => (value === null ? '' : `, ${value.toFixed(2)} in ${of}`);
  return (
    `${first} : ${other} = ${ratio.pointsPerSecond.toFixed(2)} in points/s` +
    known(ratio.pointsPerCpuSecond, 'points/s per core used') +
    known(ratio.mergedPointsPerCpuSecond, 'the same with all flushed and merged') +
    `, ${ratio.storageBytesPerPoint.toFixed(2)} in storage, ${ratio.batchP99.toFixed(2)} in p99 of a batch` +
    known(ratio.peakResidentBytes, 'peak memory')
  );
}
