// Opens what a node keeps of the data group's series, as its configuration has it.

import { join } from 'node:path';
import { openNodeFolder, StorageEngine } from '@balsa/engine/storage';
import { type Clock, limitLog } from '@balsa/replica';
import type { NodeConfig } from '../config/node-config.ts';
import { GroupIds } from '../group-ids.ts';
import type { Log } from '../log.ts';
import { StoreProblems } from './store-problems.ts';

export interface OpenedStore {
  readonly engine: StorageEngine;
  readonly problems: StoreProblems;
  /** Once nobody applies commands any more. */
  close(): Promise<void>;
}

const tickPeriodMs = 1000;

/** The folder is this process's alone. @throws StorageError; the system's errors. */
export async function openStore(
  { dataFolder, limits, storage }: Pick<NodeConfig, 'dataFolder' | 'limits' | 'storage'>,
  clock: Pick<Clock, 'nowMs' | 'every'>,
  log: Log,
): Promise<OpenedStore> {
  const problems = new StoreProblems(
    limitLog(log, () => clock.nowMs()),
    () => clock.nowMs(),
  );
  const folder = await openNodeFolder(join(dataFolder, 'storage', String(GroupIds.data)));
  const engine = await StorageEngine.openForLog(folder, {
    seriesMax: limits.seriesMax,
    memtableBytes: storage.memtableBytes,
    memoryBytesMax: storage.memoryBytesMax,
    memtableAgeMsMax: storage.memtableAgeMs,
    indexCacheBytes: storage.indexCacheBytes,
    compaction: { bytesPerSecondMax: storage.compactionBytesPerSecondMax },
    nowMs: () => clock.nowMs(),
    onFailure: (error) => problems.failed(error),
    onDamage: (error) => problems.damaged(error),
  });
  const stopTicking = clock.every(tickPeriodMs, () => engine.tick());
  return {
    engine,
    problems,
    close: async () => {
      stopTicking();
      await engine.close();
    },
  };
}
