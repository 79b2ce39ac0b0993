// What the data group of a node applies its commands to: in some runs the store in memory, in others the storage engine, whose files lie
// on the node's disk.

import { EngineError, SeriesStore } from '@balsa/engine';
import { type GivenOptions, StorageEngine } from '@balsa/engine/storage';
import type { Disk, StateMachine } from '@balsa/replica';
import { DiskStorageFolder } from './disk-storage-folder.ts';

export interface DataStore {
  readonly machine: StateMachine;
  readonly rowsApplied: number;
  /** A series of one text; `null`: it is not there. Of what has been applied when it is called. */
  textOf(device: string, measurement: string): string | null | Promise<string | null>;
  close(): Promise<void>;
}

export class MemoryDataStore implements DataStore {
  readonly machine: SeriesStore = new SeriesStore();

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

export class FileDataStore implements DataStore {
  readonly machine: StorageEngine;

  static async open(disk: Disk, path: string, options: GivenOptions): Promise<FileDataStore> {
    return new FileDataStore(await StorageEngine.openForLog(await DiskStorageFolder.open(disk, path), options));
  }

  private constructor(engine: StorageEngine) {
    this.machine = engine;
  }

  get rowsApplied(): number {
    return this.machine.statistics().rowsApplied;
  }

  async textOf(device: string, measurement: string): Promise<string | null> {
    try {
      for await (const { columns } of this.machine.scan({ device, measurements: [measurement] })) {
        return String(columns[0]!.values[0]);
      }
      return null;
    } catch (error) {
      return nullIfMissing(error);
    }
  }

  close(): Promise<void> {
    return this.machine.close();
  }
}

function nullIfMissing(error: unknown): null {
  if (error instanceof EngineError && error.code === 'PATH_NOT_EXIST') return null;
  throw error;
}
