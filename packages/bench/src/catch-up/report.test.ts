import { expect, test } from 'vitest';
import { describeEnvironment } from '../measure/environment.ts';
import type { Phase } from './phase.ts';
import { catchUpReport, describeCatchUp } from './report.ts';
import type { CatchUpRun } from './run-catch-up.ts';
import type { CatchUpSettings } from './settings.ts';

const settings: CatchUpSettings = {
  gigabytes: 5,
  valueBytes: 1024,
  clients: 32,
  seconds: 20,
  snapshotMebibytesPerSecond: 64,
  restoreMebibytesPerSecond: 0,
  seed: 1,
};

const phase = (writesPerSecond: number): Phase => ({
  seconds: 20,
  writes: 20 * writesPerSecond,
  writesPerSecond,
  slowestWritesPerSecond: writesPerSecond / 2,
  leaderStallMsMax: 12,
  leaderResidentBytesMax: 200 * 1024 * 1024,
});

const check = { appliedIndex: 9, bytes: 5e9, checksum: 1, contentChecksum: 2 };

const run: CatchUpRun = {
  whole: phase(12_000),
  away: phase(18_000),
  during: phase(9000),
  parts: { transfer: phase(8500), restore: phase(9500), log: null },
  back: phase(8000),
  catchUp: {
    seconds: 100,
    transferSeconds: 80,
    restoreSeconds: 15,
    logSeconds: 5,
    fetchedBytes: 5e9,
    entries: 900_000,
    restarts: 0,
    followerStallMsMax: 20,
    followerResidentBytesMax: 150 * 1024 * 1024,
  },
  failedWrites: 0,
  checks: [check, check, check],
};

const reportOf = (changes: Partial<CatchUpRun>) =>
  catchUpReport(settings, describeEnvironment('/tmp'), { ...run, ...changes });

test('writes are compared with those of the whole cluster, before and after, and with those of the two', () => {
  const report = reportOf({});
  expect(report).toMatchObject({ wholeWritesPerSecond: 10_000, megabytesPerSecond: 62.5, stateBytes: 5e9 });
  const { rateDuring, rateDuringToBefore, rateDuringToAfter, rateDuringToAway } = report;
  expect([rateDuring, rateDuringToBefore, rateDuringToAfter, rateDuringToAway]).toEqual([0.9, 0.75, 1.125, 0.5]);
  expect(report).toMatchObject({ replicasEqual: true, good: true });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  const text = describeCatchUp(report);
  expect(text).toContain('sent at 64 MiB/s at most, and restored without a limit');
  expect(text).toMatch(/it catches up +9,000 +4,500 +90 % +20\.0 +12 +200/);
  expect(text).toMatch(/the snapshot comes +8,500 .*\n +the state is restored +9,500 .*\nall three, after/);
  expect(text).toContain('5.00 GB, 63 MB/s, begun again 0 times');
  expect(text).toContain(
    'Writes went on at 90 % of it (70 % are asked for; 75 % of that before, 113 % of that after), and at 50 % of that of the two',
  );
  expect(text).not.toContain('FAILED');
});

test.each([
  ['writes that nearly stop', { during: phase(6999) }],
  ['a transfer that begins again', { catchUp: { ...run.catchUp, restarts: 1 } }],
  ['replicas that differ', { checks: [check, { ...check, contentChecksum: 3 }, check] }],
])('%s are not good', (_, changes) => {
  const report = reportOf(changes);
  expect(report.good).toBe(false);
  expect(describeCatchUp(report)).toContain('FAILED');
});
