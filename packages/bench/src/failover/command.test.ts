// Real processes, for a few kills; the long runs are `npm run bench -- failover`.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { interruptBuilt, lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { failoverCommand } from './command.ts';

const timeoutMs = 180_000;

test.each([
  { done: 'killed', kills: 2, extra: [] },
  { done: 'asked to stop', kills: 1, extra: ['--graceful'] },
])(
  'leaders are $done, the standstill is measured, and nothing is lost',
  ({ kills, extra }) =>
    withFolder(async (folder) => {
      const args = ['failover', '--kills', `${kills}`, '--rate', '200', '--json', '--folder', folder, ...extra];
      const figures = { count: kills, p50: expect.any(Number), max: expect.any(Number) };
      const { exitCode, stdout, stderr } = await startBuilt('main.js', args).finished;
      const report = lastLine(stdout);
      expect(report, stderr).toMatchObject({
        benchmark: 'failover',
        settings: { kills, graceful: extra.length > 0, electionTimeoutMs: 1000, heartbeatIntervalMs: 100 },
        writeStandstillMs: figures,
        writeStandstillPerElectionTimeout: figures,
        readStandstillMs: figures,
        rows: { unknown: 0, rejected: 0, lost: 0, duplicated: 0, replicasEqual: true },
        readsFailed: 0,
        good: true,
      });
      const { rows } = report as { rows: { acknowledged: number; stored: number } };
      expect(rows.acknowledged).toBeGreaterThan(0);
      expect(rows.stored).toBe(rows.acknowledged);
      expect(exitCode).toBe(0);
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test('heartbeats that come too seldom are refused with a code', () =>
  withFolder(async (folder) => {
    const args = ['--heartbeat-interval-ms', '400', '--json', '--folder', folder];
    const { exitCode, stdout } = await runHere(failoverCommand(), args);
    expect(exitCode).toBe(1);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'ILLEGAL_ARGUMENT' } });
  }));

test(
  'Ctrl-C ends everything in order',
  () =>
    withFolder(async (folder) => {
      const args = ['failover', '--kills', '1000', '--election-timeout-ms', '300', '--json', '--folder', folder];
      const { exitCode, stdout } = await interruptBuilt(args, '1/1000');
      expect(exitCode).toBe(1);
      expect(lastLine(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    }),
  timeoutMs,
);
