import { expect, test } from 'vitest';
import { lastLine, startBuilt } from '../command/testing.ts';
import type { Machine } from '../measure/environment.ts';
import { coreReport, describeCore } from './report.ts';

test('every load is measured on both systems, and the report is the last line', async () => {
  const args = ['core', '--seconds', '1', '--warmup-seconds', '0', '--rounds', '1', '--clients', '64', '--json'];
  const { exitCode, stdout, stderr } = await startBuilt('main.js', args).finished;
  expect(exitCode, stderr).toBe(0);
  const load = (system: string, clients: number) =>
    expect.objectContaining({ system, clients, entriesPerSecond: expect.any(Object), rounds: [expect.any(Object)] });
  expect(lastLine(stdout)).toMatchObject({
    benchmark: 'core',
    settings: { members: 3, entryBytes: 16, clients: 64, seconds: 1, warmupSeconds: 0, rounds: 1, statistics: false },
    loads: [load('core', 64), load('core', 1), load('hosts', 64), load('hosts', 1)],
  });
}, 60_000);

test('figures are medians over the rounds, and everything is JSON', () => {
  const machine: Machine = { node: 'v20', system: 'Linux', cpuModel: 'some', cpuCount: 2, memoryBytes: 1 };
  const settings = {
    members: 3,
    entryBytes: 16,
    clients: 100,
    warmupSeconds: 0,
    seconds: 2,
    rounds: 3,
    statistics: true,
  };
  const round = (entries: number) => ({ entries, batches: entries / 100, seconds: 2, cpuUs: 1_000_000 });
  const rounds = [round(1_000_000), round(4_000_000), round(2_000_000)];
  const report = coreReport(settings, machine, [{ system: 'core', description: 'bare', clients: 100, rounds }]);
  expect(report.loads[0]).toMatchObject({
    entriesPerSecond: { median: 1_000_000, min: 500_000, max: 2_000_000 },
    entriesPerBatch: { median: 100, min: 100, max: 100 },
    cpuUsPerEntry: { median: 0.5, min: 0.25, max: 1 },
  });
  expect(report.statistics).toEqual([]);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(describeCore(report)).toMatch(/core, 100 clients +1,000,000 \(500,000-2,000,000\)/);
});
