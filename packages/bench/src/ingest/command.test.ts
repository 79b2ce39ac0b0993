import { readdirSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { interruptBuilt, lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { findProgram } from '../targets/find-program.ts';
import { ingestCommand } from './command.ts';

const timeoutMs = 60_000;
const short = ['--devices', '4', '--sensors', '4', '--rows', '500', '--clients', '2', '--rounds', '1', '--json'];

function anyOf(unit: string) {
  return expect.objectContaining({ [unit]: expect.any(Number) });
}

test(
  'Balsa is written to over REST and by its own protocol, and the report is the last line',
  () =>
    withFolder(async (folder) => {
      const args = ['ingest', ...short, '--protocol', 'http,binary', '--out-of-order', '10', '--folder', folder];
      const { exitCode, stdout, stderr } = await startBuilt('main.js', args).finished;
      expect(exitCode, stderr).toBe(0);
      expect(lastLine(stdout)).toMatchObject({
        benchmark: 'ingest',
        settings: { shape: { devices: 4, rows: 500, outOfOrderPercent: 10 }, clients: 2, peers: [], nodes: [1] },
        systems: [
          { system: 'balsa', pointsPerSecond: anyOf('median'), storageBytesPerPoint: anyOf('median') },
          { system: 'balsa-binary', rounds: [{ isQuiet: true }] },
        ],
        ratios: { 'balsa-binary': { pointsPerSecond: expect.any(Number) } },
      });
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test.runIf(findProgram('influxd') !== undefined && findProgram('victoria-metrics') !== undefined)(
  'peers take turns with Balsa, get the same points and keep all of them',
  () =>
    withFolder(async (folder) => {
      const args = [...short, '--peer', 'victoria-metrics', '--peer', 'influxdb', '--folder', folder];
      const { exitCode, stdout, stderr } = await runHere(ingestCommand(), args);
      expect(exitCode, stderr).toBe(0);
      expect(lastLine(stdout)).toMatchObject({
        systems: [{ system: 'balsa' }, { system: 'victoria-metrics' }, { system: 'influxdb' }],
        ratios: { 'victoria-metrics': { pointsPerSecond: expect.any(Number) }, influxdb: expect.anything() },
      });
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test.each([
  ['influxdb', 'apt-get install influxdb'],
  ['victoria-metrics', 'apt-get install victoria-metrics'],
])('%s that is not installed is refused with a code and what to install, before anything is started', (peer, hint) =>
  withFolder(async (folder) => {
    const args = [...short, '--peer', peer, '--folder', folder];
    vi.stubEnv('PATH', '');
    const { exitCode, stdout, stderr } = await runHere(ingestCommand(), args).finally(() => vi.unstubAllEnvs());
    expect(exitCode).toBe(1);
    expect(stderr).toContain(hint);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'PEER_MISSING' } });
  }),
);

test.each([
  [['--devices', '0'], /--devices/],
  [['--peer', 'oracle'], /victoria-metrics, influxdb/],
  [['--kind', 'strings'], /counter, gauge, noisy, states, mixed/],
  [['--protocol', 'http,http'], /twice/],
])('%j is refused with a hint', async (args, hint) => {
  const { exitCode, stderr } = await runHere(ingestCommand(), args);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(hint);
  expect(stderr).toContain('--help');
});

test.each([
  ['more clients than devices', ['--devices', '4', '--clients', '5']],
  ['points from the future', ['--rows', '100000000', '--devices', '1', '--clients', '1', '--sensors', '1']],
])('%s are refused with a code', async (_, args) => {
  const { exitCode, stdout } = await runHere(ingestCommand(), [...args, '--json']);
  expect(exitCode).toBe(1);
  expect(lastLine(stdout)).toMatchObject({ error: { code: 'ILLEGAL_ARGUMENT' } });
});

test(
  'Ctrl-C ends everything in order, and leaves nothing behind',
  () =>
    withFolder(async (folder) => {
      const args = ['ingest', '--rows', '10000', '--json', '--folder', folder];
      const { exitCode, stdout } = await interruptBuilt(args, 'is written to');
      expect(exitCode).toBe(1);
      expect(lastLine(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);
