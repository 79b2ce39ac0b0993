// Real processes with a few groups; the long runs are `npm run bench -- idle`.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { interruptBuilt, lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { idleCommand } from './command.ts';

const timeoutMs = 120_000;
const short = ['--settle-seconds', '0', '--seconds', '1', '--json'];

test(
  'nodes with and without groups are measured, and every group has a leader',
  () =>
    withFolder(async (folder) => {
      const args = ['idle', ...short, '--groups', '130', '--writes', '1', '--folder', folder];
      const { exitCode, stdout, stderr } = await startBuilt('main.js', args).finished;
      const report = lastLine(stdout);
      expect(report, stderr).toMatchObject({
        benchmark: 'idle',
        settings: { nodes: 3, groups: 130, writes: 1 },
        cpuPercent: { median: expect.any(Number) },
        heapBytesPerGroup: { median: expect.any(Number) },
        withoutGroups: [1, 2, 3].map((node) => expect.objectContaining({ node, led: 0 })),
        withGroups: [1, 2, 3].map((node) => expect.objectContaining({ node })),
      });
      const { withGroups } = report as { withGroups: { led: number }[] };
      expect(withGroups.reduce((sum, { led }) => sum + led, 0)).toBe(130);
      expect(exitCode).toBe(0);
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test(
  'Ctrl-C ends everything in order',
  () =>
    withFolder(async (folder) => {
      const args = ['idle', '--groups', '10', '--settle-seconds', '600', '--json', '--folder', folder];
      const { exitCode, stdout } = await interruptBuilt(args, 'come to rest');
      expect(exitCode).toBe(1);
      expect(lastLine(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    }),
  timeoutMs,
);

test('heartbeats that come too seldom are refused with a code', () =>
  withFolder(async (folder) => {
    const args = [...short, '--heartbeat-interval-ms', '400', '--folder', folder];
    const { exitCode, stdout } = await runHere(idleCommand(), args);
    expect(exitCode).toBe(1);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'ILLEGAL_ARGUMENT' } });
  }));
