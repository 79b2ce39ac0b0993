import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { interruptBuilt, lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { findProgram } from '../targets/find-program.ts';
import { queryCommand } from './command.ts';
import { queryNames } from './queries.ts';

const timeoutMs = 60_000;
const data = ['--devices', '4', '--sensors', '4', '--rows', '1000', '--clients', '2', '--out-of-order', '10'];
const asked = ['--repeats', '5', '--all-repeats', '2', '--warmups', '1', '--rounds', '1', '--range-rows', '95'];
const short = [...data, ...asked, '--json'];

test(
  'Balsa answers everything as the seed says, and the report is the last line',
  () =>
    withFolder(async (folder) => {
      const { exitCode, stdout, stderr } = await startBuilt('main.js', ['query', ...short, '--folder', folder])
        .finished;
      expect(exitCode, `${stdout}${stderr}`).toBe(0);
      const report = lastLine(stdout);
      expect(report).toMatchObject({
        benchmark: 'query',
        settings: { shape: { devices: 4, outOfOrderPercent: 10 }, rangeRows: 95, queries: queryNames },
        systems: [{ system: 'balsa', settled: { isQuiet: true } }],
        ratios: {},
        disagreements: [],
        good: true,
      });
      const [{ queries }] = (report as { systems: [{ queries: { query: string; asked: number }[] }] }).systems;
      expect(queries.map(({ query }) => query)).toEqual(queryNames);
      expect(queries.map((figures) => figures.asked)).toEqual(queryNames.map((name) => (name.includes('-') ? 2 : 5)));
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test.runIf(findProgram('influxd') !== undefined && findProgram('victoria-metrics') !== undefined)(
  'peers are asked the same and answer the same',
  () =>
    withFolder(async (folder) => {
      const args = [...short, '--peer', 'victoria-metrics,influxdb', '--folder', folder];
      const { exitCode, stdout, stderr } = await runHere(queryCommand(), args);
      expect(exitCode, `${stdout}${stderr}`).toBe(0);
      expect(lastLine(stdout)).toMatchObject({
        systems: [{ system: 'balsa' }, { system: 'victoria-metrics' }, { system: 'influxdb' }],
        disagreements: [],
      });
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test.each([
  [['--queries', 'q11'], /q10, avg-by-hour/],
  [['--queries', 'q1,q1'], /twice/],
  [['--range-rows', '0'], /--range-rows/],
])('%j is refused with a hint', async (args, hint) => {
  const { exitCode, stderr } = await runHere(queryCommand(), args);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(hint);
  expect(stderr).toContain('--help');
});

test(
  'Ctrl-C ends everything in order, and leaves nothing behind',
  () =>
    withFolder(async (folder) => {
      // So many that writing them is seen: progress is told once in a while.
      const args = ['query', '--rows', '6000', '--repeats', '100000', '--json', '--folder', folder];
      const { exitCode, stdout } = await interruptBuilt(args, 'is written to');
      expect(exitCode).toBe(1);
      expect(lastLine(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);
