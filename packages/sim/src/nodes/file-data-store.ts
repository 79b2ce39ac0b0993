// The storage engine as a node's store, with its files on the node's disk. Imported only by runs that have files: a browser that runs
// the others does without the codecs of TsFiles.

import { type GivenOptions, StorageEngine } from '@balsa/engine/storage';
import type { Disk } from '@balsa/replica';
import { type DataStore, nullIfMissing } from './data-store.ts';
import { DiskStorageFolder } from './disk-storage-folder.ts';

export class FileDataStore implements DataStore {
  readonly machine: StorageEngine;

  static async open(disk: Disk, path: string, options: GivenOptions): Promise<FileDataStore> {
    return new FileDataStore(await StorageEngine.openForLog(await DiskStorageFolder.open(disk, path), options));
  }

  private constructor(engine: StorageEngine) {
    this.machine = engine;
  }

  get engine(): StorageEngine {
    return this.machine;
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
