import { expect, test } from 'vitest';
import type { LoadReport } from '../load/events.ts';
import { describeEnvironment } from '../measure/environment.ts';
import { writesReport } from './report.ts';
import { type RoundResult, roundResult, type Sample } from './result.ts';
import type { WritesSettings } from './settings.ts';
import { describeReport } from './table.ts';

const settings: WritesSettings = {
  nodes: 3,
  clients: 10,
  connections: 2,
  valueBytes: 256,
  warmupSeconds: 1,
  seconds: 2,
  rounds: 3,
  ratePerSecond: null,
  requestTimeoutMs: 1000,
  acknowledge: 'applied',
  durability: 'sync',
  peer: 'etcd',
  etcdClient: 'go',
};

/** Two seconds in which every write took `latencyUs`. */
function report(operations: number, latencyUs: number): LoadReport {
  const statuses = { '200 SUCCESS': operations, '606 WRITE_PROCESS_REJECT': 3 };
  return { event: 'report', operations, seconds: 2, statuses, latenciesUs: [[latencyUs, operations]], unstarted: 0 };
}

const before: Sample = {
  cpuMs: new Map([
    ['node-1', 1000],
    ['node-2', 500],
    ['generator', 0],
  ]),
  log: [
    { name: 'node-1', flushes: 10, bytes: 1000 },
    { name: 'node-2', flushes: 10, bytes: 1000 },
  ],
};
const after: Sample = {
  cpuMs: new Map([
    ['node-1', 3000],
    ['node-2', 1500],
    ['generator', 1000],
  ]),
  log: [
    { name: 'node-1', flushes: 110, bytes: 501_000 },
    { name: 'node-2', flushes: 60, bytes: 501_000 },
  ],
};

function round(operations: number, latencyUs: number): RoundResult {
  return roundResult(report(operations, latencyUs), false, before, after);
}

test('a round charges each process for the measured window, per successful write', () => {
  const result = round(2000, 1000);
  expect(result.operationsPerSecond).toBe(1000);
  expect(result.cpu).toEqual([
    { process: 'node-1', usPerOperation: 1000, cores: 1 },
    { process: 'node-2', usPerOperation: 500, cores: 0.5 },
    { process: 'generator', usPerOperation: 500, cores: 0.5 },
  ]);
  expect(result.serverCpuUsPerOperation).toBe(1500);
  expect(result.generatorCpuUsPerOperation).toBe(500);
  expect(result.flushes[0]).toEqual({ process: 'node-1', flushes: 100, bytes: 500_000, bytesPerFlush: 5000 });
  expect(result.bytesPerFlush).toBeCloseTo(1_000_000 / 150);
});

test('what the platform does not tell is null, not zero', () => {
  const nothing: Sample = { cpuMs: new Map(), log: [] };
  const result = roundResult(report(2000, 1000), false, nothing, nothing);
  expect(result).toMatchObject({
    cpu: [],
    serverCpuUsPerOperation: null,
    generatorCpuUsPerOperation: null,
    bytesPerFlush: null,
  });
});

test('ratios are medians of neighbouring rounds, statuses are summed, and everything is JSON', () => {
  const systems = [
    { system: 'balsa', description: 'ours', rounds: [round(8000, 1000), round(9000, 2000), round(2000, 1000)] },
    { system: 'etcd', description: 'theirs', rounds: [round(1000, 10_000), round(1000, 10_000), round(1000, 10_000)] },
  ];
  const result = writesReport(settings, describeEnvironment('/tmp'), systems);
  expect(result.systems[0]?.operationsPerSecond).toEqual({ median: 4000, min: 1000, max: 4500 });
  expect(result.systems[0]?.statuses).toEqual({ '200 SUCCESS': 19_000, '606 WRITE_PROCESS_REJECT': 9 });
  const { etcd } = result.ratios;
  expect(etcd?.operationsPerSecond).toBe(8);
  expect(etcd?.p99).toBeCloseTo(0.1, 2);
  expect(etcd?.serverCpuPerOperation).toBeCloseTo(1 / 8);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  const text = describeReport(result);
  expect(text).toContain('4,000 (1,000-4,500)');
  expect(text).toContain('Balsa : etcd = 8.00 in throughput');
});

test('without a peer there are no ratios', () => {
  const systems = [{ system: 'balsa', description: 'ours', rounds: [round(8000, 1000)] }];
  expect(writesReport(settings, describeEnvironment('/tmp'), systems).ratios).toEqual({});
});
