import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { interruptBuilt, lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { findProgram } from '../targets/find-program.ts';
import { systemFolders } from '../targets/nats-cluster.ts';
import { writesCommand } from './command.ts';

const timeoutMs = 60_000;
const isNatsInSystemFolders = systemFolders.some((folder) => existsSync(join(folder, 'nats-server')));
const short = ['--seconds', '1', '--warmup-seconds', '0', '--rounds', '1', '--json'];

function anyOf(unit: string) {
  return expect.objectContaining({ [unit]: expect.any(Number) });
}

test(
  'a cluster of real processes is measured, and the report is the last line',
  () =>
    withFolder(async (folder) => {
      const args = ['writes', ...short, '--clients', '8', '--connections', '2', '--folder', folder];
      const { exitCode, stdout, stderr } = await startBuilt('main.js', args).finished;
      expect(exitCode, stderr).toBe(0);
      const report = lastLine(stdout);
      expect(report).toMatchObject({
        benchmark: 'writes',
        settings: { nodes: 3, clients: 8, connections: 2, valueBytes: 256, ratePerSecond: null, peer: null },
        systems: [{ system: 'balsa', operationsPerSecond: anyOf('median'), p99Ms: anyOf('median') }],
        ratios: {},
      });
      const [{ statuses, rounds }] = (report as { systems: [{ statuses: object; rounds: [{ flushes: object[] }] }] })
        .systems;
      expect(Object.keys(statuses)).toEqual(['200 SUCCESS']);
      expect(rounds[0].flushes).toEqual(
        [1, 2, 3].map((id) => expect.objectContaining({ process: `node-${id}`, flushes: expect.any(Number) })),
      );
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test(
  'weak writes are measured by when they are told of, and called so',
  () =>
    withFolder(async (folder) => {
      const args = [...short, '--clients', '8', '--connections', '2', '--acknowledge', 'weak', '--folder', folder];
      const { exitCode, stdout, stderr } = await runHere(writesCommand(), args);
      expect(exitCode, stderr).toBe(0);
      const report = lastLine(stdout);
      expect(report).toMatchObject({
        settings: { acknowledge: 'weak' },
        systems: [{ system: 'balsa', description: expect.stringContaining('WEAK') }],
      });
      const [{ statuses }] = (report as { systems: [{ statuses: object }] }).systems;
      expect(Object.keys(statuses)).toEqual(['200 SUCCESS']);
    }),
  timeoutMs,
);

test.runIf(findProgram('etcd') !== undefined)(
  'etcd takes turns with Balsa, and the ratios stand under its name',
  () =>
    withFolder(async (folder) => {
      const args = [...short, '--clients', '4', '--connections', '2', '--peer', 'etcd', '--folder', folder];
      const { exitCode, stdout, stderr } = await runHere(writesCommand(), args);
      expect(exitCode, stderr).toBe(0);
      expect(lastLine(stdout)).toMatchObject({
        systems: [{ system: 'balsa' }, { system: 'etcd', statuses: { OK: expect.any(Number) } }],
        ratios: { etcd: { operationsPerSecond: expect.any(Number), p99: expect.any(Number) } },
      });
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test.runIf(findProgram('nats-server', systemFolders) !== undefined)(
  'NATS takes turns with Balsa, without a flush on either side if it is to be so',
  () =>
    withFolder(async (folder) => {
      const args = [...short, '--clients', '4', '--connections', '2', '--peer', 'nats', '--durability', 'batched'];
      const { exitCode, stdout, stderr } = await runHere(writesCommand(), [...args, '--folder', folder]);
      expect(exitCode, stderr).toBe(0);
      const report = lastLine(stdout);
      expect(report).toMatchObject({
        settings: { durability: 'batched', peer: 'nats' },
        systems: [
          { system: 'balsa', description: expect.stringContaining('NO flush') },
          { system: 'nats', description: expect.stringContaining('WITHOUT a flush'), bytesPerFlush: null },
        ],
        ratios: { nats: { operationsPerSecond: expect.any(Number), p99: expect.any(Number) } },
      });
      const [, nats] = (report as { systems: [object, { statuses: object }] }).systems;
      expect(Object.keys(nats.statuses)).toEqual(['ACKNOWLEDGED']);
      expect(readdirSync(folder)).toEqual([]);
    }),
  timeoutMs,
);

test.each([
  ['etcd', 'apt-get install etcd-server'],
  ...(isNatsInSystemFolders ? [] : [['nats', 'apt-get install nats-server']]),
])('%s that is not installed is refused with a code and what to install, before anything is started', (peer, hint) =>
  withFolder(async (folder) => {
    const args = [...short, '--peer', peer!, '--folder', folder];
    vi.stubEnv('PATH', '');
    const { exitCode, stdout, stderr } = await runHere(writesCommand(), args).finally(() => vi.unstubAllEnvs());
    expect(exitCode).toBe(1);
    expect(stderr).toContain(hint);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'PEER_MISSING' } });
  }),
);

test.runIf(existsSync('/dev/shm') && statfsSync('/dev/shm').type === 0x01021994)(
  'a folder in memory is refused',
  async () => {
    const { exitCode, stdout } = await runHere(writesCommand(), [...short, '--folder', '/dev/shm/balsa-bench-test']);
    expect(exitCode).toBe(1);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'NOT_A_DISK' } });
  },
);

test.each([
  [['--clients', '0'], /--clients/],
  [['--peer', 'oracle'], /etcd, nats/],
])('%s is refused with a hint', async (args, hint) => {
  const { exitCode, stderr } = await runHere(writesCommand(), args);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(hint);
  expect(stderr).toContain('--help');
});

test('more nodes than a stream has replicas are refused with a code', () =>
  withFolder(async (folder) => {
    const args = [...short, '--nodes', '6', '--peer', 'nats', '--folder', folder];
    const { exitCode, stdout } = await runHere(writesCommand(), args);
    expect(exitCode).toBe(1);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'ILLEGAL_ARGUMENT' } });
  }));

test('more connections than clients are refused with a code', () =>
  withFolder(async (folder) => {
    const args = [...short, '--clients', '2', '--connections', '3', '--folder', folder];
    const { exitCode, stdout } = await runHere(writesCommand(), args);
    expect(exitCode).toBe(1);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'ILLEGAL_ARGUMENT' } });
  }));

test(
  'Ctrl-C ends everything in order',
  () =>
    withFolder(async (folder) => {
      const args = ['writes', '--seconds', '600', '--clients', '2', '--json', '--folder', folder];
      const { exitCode, stdout } = await interruptBuilt(args, 'writes/s');
      expect(exitCode).toBe(1);
      expect(lastLine(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    }),
  timeoutMs,
);
