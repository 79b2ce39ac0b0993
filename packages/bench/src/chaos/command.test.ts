// Real processes, for a few rounds; `npm test` has some more, and the long runs are `npm run chaos`.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkHistory, parseHistory } from '@balsa/linearizability';
import { expect, test } from 'vitest';
import { lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { chaosCommand } from './command.ts';

const nothingFound = {
  benchmark: 'chaos',
  lost: 0,
  duplicated: 0,
  foreign: 0,
  damaged: 0,
  torn: 0,
  replicasEqual: true,
  registersUndecided: 0,
  violations: [],
  good: true,
  folder: null,
};

test(
  'a few rounds of kills: every acknowledged row is there exactly once, and replicas are equal',
  () =>
    withFolder(async (folder) => {
      const kills = 'kill leader,kill follower,kill two at once,pause leader';
      const args = [
        '--rounds',
        '2',
        '--writers',
        '4',
        '--network',
        'loopback',
        '--faults',
        kills,
        '--json',
        '--folder',
        folder,
      ];
      const { exitCode, stdout, stderr } = await startBuilt('chaos-main.js', args).finished;
      // The report holds the seed, and a failing assertion prints it.
      expect(lastLine(stdout), stderr).toMatchObject({ ...nothingFound, rounds: 2, network: 'loopback' });
      expect(exitCode).toBe(0);
      expect(readdirSync(folder)).toEqual([]);
    }),
  120_000,
);

test(
  'a few rounds behind proxies that cut and delay: what clients saw is linearizable, and written for others to check',
  () =>
    withFolder(async (folder) => {
      const faults = 'isolate leader,cut one way,slow link';
      const history = join(folder, 'history.ndjson');
      const args = ['--rounds', '2', '--network', 'proxy', '--faults', faults, '--history', history, '--json'];
      const { exitCode, stdout, stderr } = await startBuilt('chaos-main.js', [...args, '--folder', folder]).finished;
      const report = lastLine(stdout);
      expect(report, stderr).toMatchObject({ ...nothingFound, rounds: 2, network: 'proxy' });
      expect(exitCode).toBe(0);
      expect(readdirSync(folder)).toEqual(['history.ndjson']);
      const written = parseHistory(readFileSync(history, 'utf8'));
      expect(checkHistory(written)).toEqual({ outcome: 'linearizable', explanation: '' });
      const reads = written.operations.filter(({ action }) => action.op === 'read').length;
      expect(report).toMatchObject({ registerReads: reads, registerWrites: written.operations.length - reads });
      expect(reads).toBeGreaterThan(0);
    }),
  120_000,
);

test(
  'a run that is interrupted removes what it has made, and says so',
  () =>
    withFolder(async (folder) => {
      const args = ['--rounds', '100', '--faults', 'pause follower', '--json', '--folder', folder];
      let isInterrupted = false;
      const running = startBuilt('chaos-main.js', args, process.env, (text) => {
        if (isInterrupted || !text.includes('round 1')) return;
        isInterrupted = true;
        running.interrupt();
      });
      const { exitCode, stdout } = await running.finished;
      expect(lastLine(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
      expect(exitCode).toBe(1);
      // Data and logs are kept; disks, if there were any, are unmounted.
      const [run = ''] = readdirSync(folder);
      const disks = readdirSync(join(folder, run)).filter((name) => /disk-\d+$/.test(name));
      expect(disks.flatMap((disk) => readdirSync(join(folder, run, disk)))).toEqual([]);
    }),
  120_000,
);

test.each([
  [['--rounds', 'some'], /--rounds.*whole number/s],
  [['--network', 'carrier pigeons'], /--network.*namespaces, proxy, loopback/s],
  [['--faults', 'kill leader,earthquake'], /--faults.*Expected some of: kill leader/s],
])('%j is refused with a hint', async (args, hint) => {
  const { exitCode, stderr } = await runHere(chaosCommand(), args);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(hint);
});
