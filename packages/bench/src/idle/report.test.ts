import { expect, test } from 'vitest';
import { describeEnvironment } from '../measure/environment.ts';
import { describeIdle, idleReport } from './report.ts';
import { cpuPercent, type NodeAtRest, ranges } from './run-idle.ts';
import type { IdleSettings } from './settings.ts';

const settings: IdleSettings = {
  nodes: 3,
  groups: 1000,
  writes: 0,
  settleSeconds: 1,
  seconds: 10,
  electionTimeoutMs: 1000,
  heartbeatIntervalMs: 100,
};

function atRest(node: number, led: number, cpuPercent: number, heapBytes: number): NodeAtRest {
  return { node, led, cpuPercent, heapBytes, offHeapBytes: 1_000_000, residentBytes: 10 * heapBytes };
}

test('groups cost what a node with them takes more than the same node without', () => {
  const withoutGroups = [1, 2, 3].map((node) => atRest(node, 0, 0.1, 5_000_000));
  const withGroups = [atRest(1, 300, 1, 13_000_000), atRest(2, 300, 3, 14_000_000), atRest(3, 400, 2, 12_000_000)];
  const report = idleReport(settings, describeEnvironment('/tmp'), { withoutGroups, withGroups });
  expect(report).toMatchObject({
    cpuPercent: { median: 2, min: 1, max: 3 },
    cpuPercentWithoutGroups: { median: 0.1 },
    heapBytesPerGroup: { median: 8000, min: 7000, max: 9000 },
    offHeapBytesPerGroup: { median: 0 },
    residentBytesPerGroup: { median: 80_000 },
  });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  const text = describeIdle(report);
  expect(text).toContain('heap bytes/group: 8,000 (7,000-9,000)');
  expect(text).toMatch(/node 3, 1,000 groups +400 +2\.00/);
});

test('a second of CPU time in ten seconds is ten per cent', () => {
  expect(cpuPercent({ atMs: 500, cpuUs: 2_000_000 }, { atMs: 10_500, cpuUs: 3_000_000 })).toBeCloseTo(10);
});

test('groups are started in ranges that cover each once', () => {
  expect(ranges(0)).toEqual([]);
  expect(ranges(100)).toEqual([{ first: 1, last: 100 }]);
  expect(ranges(201)).toEqual([
    { first: 1, last: 100 },
    { first: 101, last: 200 },
    { first: 201, last: 201 },
  ]);
});
