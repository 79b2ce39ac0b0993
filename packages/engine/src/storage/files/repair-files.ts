// Puts files from elsewhere in the place of damaged ones: the very same, since files differ between replicas.

import type { ByteSource } from '@balsa/tsfile';
import { fetchInto, isSound, unfinishedName } from './fetch-file.ts';
import type { FileStore } from './file-store.ts';
import type { FileIdentity } from './manifest.ts';

/** Gets a file from a replica that has it; `undefined`: none has. */
export type FetchFile = (file: FileIdentity) => Promise<ByteSource | undefined>;

/** Returns how many data files are still damaged. */
export async function repairFiles(
  store: FileStore,
  fetchFile: FetchFile | undefined,
  signal?: AbortSignal,
): Promise<number> {
  const { folder } = store;
  let left = 0;
  for (const file of store.files.filter(({ damage }) => damage !== undefined)) {
    let isWhole = true;
    for (const identity of [file.entry.file, file.entry.resource]) {
      if (await isSound(folder, identity)) continue;
      const source = await fetchFile?.(identity);
      if (source === undefined) {
        isWhole = false;
        continue;
      }
      const name = unfinishedName(identity);
      try {
        await fetchInto(folder, name, identity, source, signal);
      } finally {
        await source.close();
      }
      await folder.rename(name, identity.name);
      await folder.sync();
    }
    if (isWhole) await store.reload(file);
    else left++;
  }
  return left;
}
