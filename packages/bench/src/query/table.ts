// The report for people: medians over the rounds.

import { describeShape } from '../series/describe-shape.ts';
import { textTable } from '../text-table.ts';
import type { QueryFigures, QueryReport, QuerySystemReport } from './report.ts';

const mebibyte = 1024 * 1024;
const disagreementsShown = 10;

export function describeQueries({ settings, systems, ratios, disagreements }: QueryReport): string {
  const { shape, rangeRows, rounds } = settings;
  const heading = `${describeShape(shape)}; ranges of ${rangeRows} rows, ${rounds} rounds; p50 / p99 in ms, medians`;
  const [first] = systems;
  const others = systems.slice(1);
  const table = textTable([
    ['', 'values', ...systems.map(({ system }) => system), ...others.map(({ system }) => `p50 to ${system}`)],
    ...first!.queries.map((figures, row) => [
      `${figures.query}: ${figures.title}`,
      digits(figures.valuesPerAnswer),
      ...systems.map(({ queries }) => latencies(queries[row]!)),
      ...others.map(({ system }) => ratios[system]![row]!.p50.toFixed(2)),
    ]),
    ['server CPU ms, sum of the averages', '', ...systems.map(cpu), ...others.map(() => '')],
    ['peak memory MiB, filled / asked', '', ...systems.map(memory), ...others.map(() => '')],
  ]);
  const notes = systems.map(({ system, description, settled }) => {
    const restless = settled.isQuiet ? '' : '; it was still at work when it was asked';
    return `${system}: ${description}${restless}`;
  });
  const wrong = disagreements
    .slice(0, disagreementsShown)
    .map(
      ({ system, query, difference, question }) =>
        `WRONG: ${system}, ${query}: ${difference}\n  ${JSON.stringify(question)}`,
    );
  const agreement =
    disagreements.length === 0
      ? 'Every answer was what the seed says.'
      : `${disagreements.length} answers were not what the seed says:`;
  return [heading, '', table, '', ...notes, agreement, ...wrong].join('\n');
}

function latencies({ p50Ms, p99Ms }: QueryFigures): string {
  return `${digits(p50Ms.median)} / ${digits(p99Ms.median)}`;
}

function cpu({ queries }: QuerySystemReport): string {
  const known = queries.map(({ serverCpuMs }) => serverCpuMs).filter((value) => value !== null);
  return known.length < queries.length ? 'unknown' : digits(known.reduce((sum, value) => sum + value, 0));
}

function memory({ filledResidentBytes, peakResidentBytes }: QuerySystemReport): string {
  const text = (bytes: number | null): string =>
    bytes === null ? 'unknown' : Math.round(bytes / mebibyte).toLocaleString('en');
  return `${text(filledResidentBytes)} / ${text(peakResidentBytes)}`;
}

function digits(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
