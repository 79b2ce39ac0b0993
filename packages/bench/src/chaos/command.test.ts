import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lastLine, startBuilt, withFolder } from '../command/testing.ts';

test(
  'a few rounds of chaos: every acknowledged row is there exactly once, and replicas are equal',
  () =>
    withFolder(async (folder) => {
      const args = ['--rounds', '4', '--writers', '4', '--json', '--folder', folder];
      const { exitCode, stdout, stderr } = await startBuilt('chaos-main.js', args).finished;
      // The report holds the seed, and a failing assertion prints it.
      expect(lastLine(stdout), stderr).toMatchObject({
        benchmark: 'chaos',
        rounds: 4,
        lost: 0,
        duplicated: 0,
        foreign: 0,
        damaged: 0,
        torn: 0,
        replicasEqual: true,
        violations: [],
        good: true,
        folder: null,
      });
      expect(exitCode).toBe(0);
      expect(readdirSync(folder)).toEqual([]);
    }),
  120_000,
);

test('rounds that are no number are refused with a hint', async () => {
  const { exitCode, stderr } = await startBuilt('chaos-main.js', ['--rounds', 'some']).finished;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/--rounds.*whole number/s);
});
