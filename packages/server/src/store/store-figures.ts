import type { ReadCounters, StorageEngine } from '@balsa/engine/storage';
import type { StoreFigures } from '@balsa/wire';

/** As in the status, with what reads have touched since the node was started. */
export interface StoreReport extends StoreFigures {
  readonly reads: Readonly<ReadCounters>;
}

/** What costs next to nothing to know. */
export function storeFigures(engine: Pick<StorageEngine, 'statistics'>): StoreFigures {
  const { damagedFiles, ...figures } = engine.statistics();
  return { ...figures, damagedFiles: damagedFiles.length };
}

export function storeReport(engine: Pick<StorageEngine, 'statistics' | 'reads'>): StoreReport {
  return { ...storeFigures(engine), reads: { ...engine.reads } };
}
