import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { NodeDisk } from '../disk/node-disk.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { HardStateFile } from './hard-state-file.ts';
import { hardStateStoreCases } from './hard-state-store.conformance.ts';

describe('HardStateFile on the real disk', () => {
  const cases = hardStateStoreCases(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'balsa-hard-state-'));
    const disk = new NodeDisk();
    return {
      open: () => HardStateFile.open({ disk, path: join(folder, 'hard-state') }),
      dispose: () => rm(folder, { recursive: true }),
    };
  });
  for (const { name, run } of cases) test(name, run);
});

describe('HardStateFile on the simulated disk', () => {
  const cases = hardStateStoreCases(async () => {
    const disk = new SimulatedDisk();
    return { open: () => HardStateFile.open({ disk, path: '/hard-state' }), dispose: async () => {} };
  });
  for (const { name, run } of cases) test(name, run);
});
