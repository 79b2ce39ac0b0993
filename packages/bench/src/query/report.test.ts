import { expect, test } from 'vitest';
import { describeEnvironment } from '../measure/environment.ts';
import { sampleSettings } from '../series/testing/sample-settings.ts';
import type { WriteResult } from '../series/write-all.ts';
import { queryReport } from './report.ts';
import type { Disagreement, MeasuredSystem, QueryRound } from './run-query.ts';
import type { QuerySettings } from './settings.ts';
import { describeQueries } from './table.ts';

const settings: QuerySettings = {
  ...sampleSettings,
  queries: ['q2'],
  rangeRows: 250,
  repeats: 10,
  allRepeats: 1,
  warmups: 0,
  rounds: 3,
};
const written: WriteResult = {
  points: 100_000,
  batches: 100,
  seconds: 0.5,
  bytes: 1_000_000,
  latency: { p50Ms: 1, p99Ms: 2, p999Ms: 3, maxMs: 4 },
  clientCpuMs: 100,
};

function round(p50Ms: number, serverCpuMs: number | null = 20): QueryRound {
  return { asked: 10, p50Ms, p99Ms: 10 * p50Ms, maxMs: 11 * p50Ms, values: 2500, serverCpuMs };
}

function system(name: string, rounds: readonly QueryRound[]): MeasuredSystem {
  return {
    system: name,
    description: `the description of ${name}`,
    written,
    settled: { seconds: 1, isQuiet: name === 'balsa' },
    filledResidentBytes: 100 * 1024 * 1024,
    peakResidentBytes: 200 * 1024 * 1024,
    queries: [{ query: 'q2', rounds }],
  };
}

const systems = [system('balsa', [round(1), round(4), round(2)]), system('influxdb', [round(2), round(4), round(8)])];

test('figures are medians, ratios those of the same round, and everything is JSON', () => {
  const report = queryReport(settings, describeEnvironment('/data'), { systems, disagreements: [] });
  expect(report.good).toBe(true);
  expect(report.systems[0]).toMatchObject({
    system: 'balsa',
    filledPointsPerSecond: 200_000,
    queries: [
      {
        query: 'q2',
        title: 'range',
        asked: 30,
        valuesPerAnswer: 250,
        p50Ms: { median: 2, min: 1, max: 4 },
        p99Ms: { median: 20 },
        serverCpuMs: 2,
      },
    ],
  });
  expect(report.ratios).toEqual({ influxdb: [{ query: 'q2', p50: 0.5, p99: 0.5 }] });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  const text = describeQueries(report);
  expect(text).toMatch(/q2: range +250 +2 \/ 20 +4 \/ 40 +0\.50/);
  expect(text).toContain('the description of influxdb; it was still at work');
  expect(text).toContain('Every answer was what the seed says.');
});

test('a wrong answer fails the run, and is shown', () => {
  const series = { device: 1, sensor: 2 };
  const wrong: Disagreement = {
    system: 'balsa',
    query: 'q8',
    question: { kind: 'latest', series },
    difference: '0 values, not 1',
  };
  const report = queryReport(settings, describeEnvironment('/data'), { systems, disagreements: [wrong] });
  expect(report.good).toBe(false);
  expect(describeQueries(report)).toContain('WRONG: balsa, q8: 0 values, not 1');
});

test('CPU time that the platform does not tell is unknown', () => {
  const blind = [system('balsa', [round(1, null)])];
  const report = queryReport(settings, describeEnvironment('/data'), { systems: blind, disagreements: [] });
  expect(report.systems[0]!.queries[0]!.serverCpuMs).toBeNull();
  expect(describeQueries(report)).toContain('unknown');
});
