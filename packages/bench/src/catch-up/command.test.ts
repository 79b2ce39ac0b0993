// Real processes with little state; the long runs are `npm run bench -- catch-up`.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { interruptBuilt, lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { catchUpCommand } from './command.ts';

const timeoutMs = 180_000;
const phase = { writes: expect.any(Number), writesPerSecond: expect.any(Number) };

test(
  'a follower that was away gets a snapshot and the log behind it, while writes go on',
  () =>
    withFolder(async (folder) => {
      const args = ['catch-up', '--gigabytes', '0.01', '--seconds', '1', '--json', '--folder', folder];
      const { stdout, stderr } = await startBuilt('main.js', args).finished;
      const report = lastLine(stdout) as {
        during: { writes: number };
        catchUp: { fetchedBytes: number; entries: number };
      };
      // How fast it was is not for a test to judge.
      expect(report, stderr).toMatchObject({
        benchmark: 'catch-up',
        settings: {
          gigabytes: 0.01,
          valueBytes: 1024,
          clients: 32,
          seconds: 1,
          snapshotMebibytesPerSecond: 64,
          restoreMebibytesPerSecond: 64,
        },
        whole: phase,
        away: phase,
        back: phase,
        catchUp: { restarts: 0 },
        stateBytes: 10_000_000,
        failedWrites: 0,
        replicasEqual: true,
      });
      expect(report.during.writes).toBeGreaterThan(0);
      expect(report.catchUp.fetchedBytes).toBeGreaterThan(10_000_000);
      expect(report.catchUp.entries).toBeGreaterThan(0);
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test(
  'Ctrl-C ends everything in order',
  () =>
    withFolder(async (folder) => {
      const args = ['catch-up', '--gigabytes', '0.01', '--seconds', '600', '--json', '--folder', folder];
      const { exitCode, stdout } = await interruptBuilt(args, 'writing to all three');
      expect(exitCode).toBe(1);
      expect(lastLine(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    }),
  timeoutMs,
);

test.each(['0', '1e3', 'much', '-1', '2000'])('%s gigabytes are refused', (text) =>
  withFolder(async (folder) => {
    const { exitCode, stderr } = await runHere(catchUpCommand(), ['--gigabytes', text, '--folder', folder]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Expected a number from 0.001 to 1000.');
  }),
);
