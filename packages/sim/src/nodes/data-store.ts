// What the data group of a node applies its commands to: in some runs the store in memory, in others the storage engine (see
// file-data-store.ts).

import { EngineError, SeriesStore } from '@balsa/engine';
import type { StorageEngine } from '@balsa/engine/storage';
import type { StateMachine } from '@balsa/replica';

export interface DataStore {
  readonly machine: StateMachine;
  /** `undefined`: the store in memory. */
  readonly engine: StorageEngine | undefined;
  readonly rowsApplied: number;
  /** A series of one text; `null`: it is not there. Of what has been applied when it is called. */
  textOf(device: string, measurement: string): string | null | Promise<string | null>;
  close(): Promise<void>;
}

export class MemoryDataStore implements DataStore {
  readonly machine: SeriesStore = new SeriesStore();
  readonly engine = undefined;

  get rowsApplied(): number {
    return this.machine.statistics().rowsApplied;
  }

  textOf(device: string, measurement: string): string | null {
    try {
      const [column] = this.machine.range({
        device,
        measurements: [measurement],
        startMs: 0,
        endMs: 1,
        limit: 1,
      }).columns;
      return String(column!.values[0]);
    } catch (error) {
      return nullIfMissing(error);
    }
  }

  async close(): Promise<void> {}
}

/** For a text that nobody has written. */
export function nullIfMissing(error: unknown): null {
  if (error instanceof EngineError && error.code === 'PATH_NOT_EXIST') return null;
  throw error;
}
