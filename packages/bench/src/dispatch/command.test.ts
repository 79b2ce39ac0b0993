// Real processes, for a second each; the long runs are `npm run bench -- dispatch`.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { interruptBuilt, lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { dispatchCommand } from './command.ts';

const timeoutMs = 120_000;
const short = ['--nodes', '3', '--value-bytes', '1000', '--clients', '8', '--warmup-seconds', '0', '--json'];

test(
  'all strategies are measured on one cluster, and drawn',
  () =>
    withFolder(async (folder) => {
      const args = [
        'dispatch',
        ...short,
        '--seconds',
        '1',
        '--rounds',
        '1',
        '--groups',
        '2',
        '--zones',
        'a,b',
        '--folder',
        join(folder, 'data'),
      ];
      const plot = join(folder, 'plots');
      const { exitCode, stdout, stderr } = await startBuilt('main.js', [...args, '--plot', plot]).finished;
      const report = lastLine(stdout);
      const measured = { median: expect.any(Number) };
      expect(report, stderr).toMatchObject({
        benchmark: 'dispatch',
        good: true,
        settings: { nodes: [3], groups: 2, egressMbit: null },
        shapes: [
          {
            nodes: 3,
            valueBytes: 1000,
            limits: null,
            strategies: ['direct', 'relay', 'relay-chain', 'coded', 'auto'].map((strategy) => {
              return {
                strategy,
                entriesPerSecond: measured,
                p99Ms: measured,
                cpuUsPerEntry: measured,
                crossings: measured,
                rounds: [{ failed: {} }],
              };
            }),
          },
        ],
      });
      const { shapes } = report as { shapes: { strategies: { entriesPerSecond: { min: number } }[] }[] };
      for (const { entriesPerSecond } of shapes[0]!.strategies) expect(entriesPerSecond.min).toBeGreaterThan(0);
      expect(exitCode).toBe(0);
      expect(readdirSync(join(folder, 'data'))).toEqual([]);
      expect(readFileSync(join(plot, 'dispatch-1000.svg'), 'utf8')).toContain('relay-chain');
    }),
  timeoutMs,
);

test(
  'followers with a window and without, and clients that are told early, are measured in one run',
  () =>
    withFolder(async (folder) => {
      const names = ['relay-ordered', 'relay-committed', 'relay-weak'];
      const words = ['--seconds', '1', '--rounds', '1', '--strategies', names.join(',')];
      const { exitCode, stdout, stderr } = await runHere(dispatchCommand(), [...short, ...words, '--folder', folder]);
      const report = lastLine(stdout) as { shapes: { strategies: { entriesPerSecond: { min: number } }[] }[] };
      expect(report, stderr).toMatchObject({
        good: true,
        shapes: [
          { replicasEqual: true, strategies: names.map((strategy) => ({ strategy, rounds: [{ failed: {} }] })) },
        ],
      });
      for (const { entriesPerSecond } of report.shapes[0]!.strategies) expect(entriesPerSecond.min).toBeGreaterThan(0);
      expect(exitCode).toBe(0);
    }),
  timeoutMs,
);

test(
  'Ctrl-C ends everything in order',
  () =>
    withFolder(async (folder) => {
      const { exitCode, stdout } = await interruptBuilt(
        ['dispatch', ...short, '--seconds', '600', '--folder', folder],
        'measuring',
      );
      expect(exitCode).toBe(1);
      expect(lastLine(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    }),
  timeoutMs,
);

test.each([
  ['heartbeats that come too seldom', ['--heartbeat-interval-ms', '400']],
  ['fewer clients than groups', ['--groups', '9']],
  ['a slow node without a cap', ['--slow', '2=2']],
  ['slow nodes in turn, and none', ['--slow-in-turn']],
  ['a relay to be killed of two nodes', ['--nodes', '2', '--kill-relay']],
  ['a slow node that there is not', ['--slow', '4=2', '--egress-mbit', '100']],
])('%s are refused with a code', (_, words) =>
  withFolder(async (folder) => {
    const { exitCode, stdout } = await runHere(dispatchCommand(), [...short, ...words, '--folder', folder]);
    expect(exitCode).toBe(1);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'ILLEGAL_ARGUMENT' } });
  }),
);
