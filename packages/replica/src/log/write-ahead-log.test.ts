import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '../disk/node-disk.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { describeLogStore } from './log-store.conformance.ts';
import { ManualClock } from './log-testing.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const small = { segmentBytes: 64 * 1024, firstSegmentBytes: 32 * 1024, blockBytesMax: 16 * 1024 };

for (const durability of ['sync', 'batched', 'memory'] as const) {
  describeLogStore(`WriteAheadLog, ${durability}, on the real disk`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'balsa-log-'));
    const disk = new NodeDisk();
    return {
      open: (events) =>
        WriteAheadLog.open({ disk, folder, clock: new ManualClock(), events, durability, settings: small }),
      dispose: () => rm(folder, { recursive: true }),
    };
  });

  describeLogStore(`WriteAheadLog, ${durability}, on the simulated disk`, async () => {
    const disk = new SimulatedDisk();
    return {
      open: (events) =>
        WriteAheadLog.open({ disk, folder: '/log', clock: new ManualClock(), events, durability, settings: small }),
      dispose: async () => {},
    };
  });
}
