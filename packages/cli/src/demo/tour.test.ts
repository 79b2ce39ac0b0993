// The tour as a process, on a small fleet: three real nodes, one of them really killed.

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inScratchFolder, runBalsa, runHere, startBalsa } from '../testing/run-balsa.ts';

const TIMEOUT_MS = 120_000;
const POINTS_PER_STATION = 3 * 8759;

describe('balsa demo', { timeout: TIMEOUT_MS }, () => {
  it('loses nothing, says so as one JSON object, and leaves nothing behind', () =>
    inScratchFolder(async (folder) => {
      const { exitCode, stdout, stderr } = await runBalsa(['demo', '--exit', '--json', '--devices', '2'], folder);
      expect(stderr).toContain('0 lost; replicas are equal');
      expect(stderr).not.toContain('\x1b');
      const result = JSON.parse(stdout);
      expect(Object.keys(result)).toEqual(['nodes', 'points', 'acknowledged', 'lost', 'failoverMs', 'replicasEqual']);
      expect(result).toMatchObject({ nodes: 3, lost: 0, replicasEqual: true });
      // The stations, and what the sensors wrote around the kill.
      expect(result.acknowledged).toBeGreaterThan(2 * POINTS_PER_STATION);
      expect(result.points).toBeGreaterThanOrEqual(result.acknowledged);
      expect(result.failoverMs).toBeGreaterThan(0);
      expect(exitCode).toBe(0);
      expect(await readdir(folder)).toEqual([]);
    }));

  it.each(['Import a year', 'Kill the leader', 'is gone'])(
    'stops everything when it is interrupted after "%s"',
    (moment) =>
      inScratchFolder(async (folder) => {
        const { interrupt, untilStderr, ended } = startBalsa(['demo', '--json', '--devices', '2'], folder);
        await untilStderr(moment);
        interrupt();
        const { exitCode, stdout, stderr } = await ended;
        expect(exitCode).toBe(130);
        expect(stdout).toBe('');
        expect(stderr).toContain('Interrupted: everything is stopped.');
        expect(await readdir(folder)).toEqual([]);
      }),
  );

  it('stops everything when nobody reads its output any more', () =>
    inScratchFolder(async (folder) => {
      const { closeOutput, ended } = startBalsa(['demo', '--devices', '2'], folder);
      closeOutput();
      const { exitCode, stderr } = await ended;
      expect(stderr).toBe('');
      expect(exitCode).toBe(130);
      expect(await readdir(folder)).toEqual([]);
    }));

  it('does not touch a folder that holds something', () =>
    inScratchFolder(async (folder) => {
      await writeFile(join(folder, 'precious.txt'), 'mine');
      const { exitCode, stderr } = await runHere(['demo', '--exit', '--folder', folder]);
      expect(stderr).toContain(`balsa: FOLDER_NOT_EMPTY: ${folder} is not empty`);
      expect(exitCode).toBe(1);
      expect(await readdir(folder)).toEqual(['precious.txt']);
    }));
});
