// The storage engine on a folder in memory.

import { type GivenOptions, MemoryFolder, StorageEngine } from '@balsa/engine/storage';

let drawn = 0;

export function openTestEngine(
  folder: MemoryFolder = new MemoryFolder(),
  options: GivenOptions = {},
): Promise<StorageEngine> {
  return StorageEngine.open(folder, { retryMs: 1, drawName: () => `n${++drawn}`, ...options });
}
