import { storageFolderCases } from '@balsa/engine/conformance';
import { SimulatedDisk } from '@balsa/replica';
import { test } from 'vitest';
import { DiskStorageFolder } from './disk-storage-folder.ts';

for (const [name, run] of Object.entries(storageFolderCases)) {
  test(name, async () => run(await DiskStorageFolder.open(new SimulatedDisk(), '/storage')));
}
