import { expect, test } from 'vitest';
import { describeEnvironment } from '../measure/environment.ts';
import { describeFailover, failoverReport } from './report.ts';
import type { FailoverRun } from './run-failover.ts';
import type { FailoverSettings } from './settings.ts';

const settings: FailoverSettings = {
  nodes: 3,
  kills: 3,
  graceful: false,
  ratePerSecond: 500,
  electionTimeoutMs: 200,
  heartbeatIntervalMs: 20,
  settleMs: 100,
};

const run: FailoverRun = {
  kills: [100, 300, 60].map((writeMs) => ({ leader: 1, writeMs, readMs: writeMs + 10, lateMs: 2 })),
  rows: { acknowledged: 50, unknown: 0, rejected: 0 },
  readsFailed: 0,
  findings: { stored: 50, lost: 0, duplicated: 0, replicasEqual: true, good: true },
};

test('standstills are given in milliseconds and in election timeouts, and everything is JSON', () => {
  const report = failoverReport(settings, describeEnvironment('/tmp'), run);
  expect(report.writeStandstillMs).toEqual({ count: 3, p50: 100, p90: 300, p99: 300, max: 300 });
  expect(report.writeStandstillPerElectionTimeout).toMatchObject({ p50: 0.5, max: 1.5 });
  expect(report.readStandstillMs).toMatchObject({ p50: 110, max: 310 });
  expect(report.good).toBe(true);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  const text = describeFailover(report);
  expect(text).toMatch(/writes stood still, ms +100 +300 +300 +300/);
  expect(text).toMatch(/as election timeouts +0.50 +1.50/);
  expect(text).toContain('Nothing was lost.');
});

test('lost rows and failed reads fail the run', () => {
  const findings = { stored: 49, lost: 1, duplicated: 0, replicasEqual: true, good: false };
  const lossy = failoverReport(settings, describeEnvironment('/tmp'), { ...run, findings });
  expect(lossy.good).toBe(false);
  expect(describeFailover(lossy)).toContain('FAILED: 1 rows lost');
  expect(failoverReport(settings, describeEnvironment('/tmp'), { ...run, readsFailed: 1 }).good).toBe(false);
});
