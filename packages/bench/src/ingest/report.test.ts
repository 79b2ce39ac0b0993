import { expect, test } from 'vitest';
import { describeEnvironment } from '../measure/environment.ts';
import { sampleSettings } from '../series/testing/sample-settings.ts';
import { ingestReport } from './report.ts';
import type { IngestRound } from './run-ingest.ts';
import { checkIngestSettings, type IngestSettings } from './settings.ts';
import { describeIngest } from './table.ts';

const settings: IngestSettings = {
  ...sampleSettings,
  warmupPercent: 20,
  rounds: 3,
};

function round(pointsPerSecond: number, storageBytesPerPoint: number, changes: Partial<IngestRound> = {}): IngestRound {
  return {
    points: 80_000,
    seconds: 80_000 / pointsPerSecond,
    pointsPerSecond,
    latency: { p50Ms: 1, p99Ms: 8, p999Ms: 9, maxMs: 10 },
    serverCpuUsPerPoint: 2,
    mergedCpuUsPerPoint: 4,
    pointsPerCpuSecond: 500_000,
    mergedPointsPerCpuSecond: 250_000,
    clientCpuUsPerPoint: 0.5,
    peakResidentBytes: 1024 * 1024 * 100,
    sentBytesPerPoint: 10,
    settleSeconds: 2,
    restartSeconds: 3,
    isQuiet: true,
    storageBytesPerPoint,
    logBytes: 1024 * 1024,
    ...changes,
  };
}

const balsa = {
  system: 'balsa',
  description: 'Balsa',
  rounds: [round(1_000_000, 2), round(4_000_000, 2), round(3_000_000, 4, { isQuiet: false })],
};
const influx = {
  system: 'influxdb',
  description: 'InfluxDB',
  rounds: [round(500_000, 4), round(400_000, 4), round(1_000_000, 4, { serverCpuUsPerPoint: null })],
};

test('figures are medians, ratios those of the same round, and everything is JSON', () => {
  const report = ingestReport(settings, describeEnvironment('/data'), [balsa, influx]);
  expect(report.systems[0]).toMatchObject({
    system: 'balsa',
    pointsPerSecond: { median: 3_000_000, min: 1_000_000, max: 4_000_000 },
    mergedPointsPerCpuSecond: { median: 250_000 },
    storageBytesPerPoint: { median: 2, max: 4 },
    batchP99Ms: { median: 8 },
  });
  expect(report.ratios).toEqual({
    influxdb: {
      pointsPerSecond: 3,
      pointsPerCpuSecond: 1,
      mergedPointsPerCpuSecond: 1,
      batchP99: 1,
      storageBytesPerPoint: 0.5,
      peakResidentBytes: 1,
    },
  });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('what is not known on this platform is null, and said so', () => {
  const unknown = { serverCpuUsPerPoint: null, pointsPerCpuSecond: null, peakResidentBytes: null };
  const blind = { ...balsa, rounds: [round(1_000_000, 2, unknown)] };
  const report = ingestReport(settings, describeEnvironment('/data'), [blind, blind]);
  expect(report.systems[0]).toMatchObject({ serverCpuUsPerPoint: null, peakResidentBytes: null });
  expect(Object.values(report.ratios)[0]).toMatchObject({ pointsPerSecond: 1, pointsPerCpuSecond: null });
  expect(describeIngest(report)).toMatch(/server CPU us\/point +unknown/);
});

test('the table says what was compared, and which figures are not final', () => {
  const text = describeIngest(ingestReport(settings, describeEnvironment('/data'), [balsa, influx]));
  expect(text).toContain('100,000 points: 10 devices x 10 sensors x 1,000 rows');
  expect(text).toMatch(/points\/s +3,000,000 \(1,000,000-4,000,000\) +500,000/);
  expect(text).toContain('in 1 rounds it was still at work');
  expect(text).not.toContain('nowhere but in its log');
  expect(text).toMatch(/balsa : influxdb = 3\.00 in points\/s/);
});

test('points that are in the log only are not called small', () => {
  const unflushed = { ...balsa, rounds: [round(1_000_000, 0.01)] };
  expect(describeIngest(ingestReport(settings, describeEnvironment('/data'), [unflushed]))).toContain(
    'nowhere but in its log',
  );
});

test('settings that leave nothing to measure are refused', () => {
  expect(() => checkIngestSettings(settings)).not.toThrow();
  const illegal = expect.objectContaining({ code: 'ILLEGAL_ARGUMENT' });
  expect(() => checkIngestSettings({ ...settings, clients: 11 })).toThrow(illegal);
  expect(() => checkIngestSettings({ ...settings, shape: { ...settings.shape, rows: 100 } })).toThrow(illegal);
  expect(() =>
    checkIngestSettings({ ...settings, warmupPercent: 0, shape: { ...settings.shape, rows: 100 } }),
  ).not.toThrow();
});
