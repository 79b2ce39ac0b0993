// What lies on the disk, as `du` counts it: in blocks, for files may have holes; and once, for a file may have several names.

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const bytesPerBlock = 512;

/**
 * Of all below `folder`; of files that vanish meanwhile, nothing. `counts`: which to take, by path below `folder`; what lies in a folder that is
 * not taken is not looked at.
 */
export function folderBytes(folder: string, counts: (path: string) => boolean = () => true): number {
  const seen = new Set<string>();
  const bytesBelow = (below: string): number => {
    let sum = 0;
    for (const entry of namesIn(join(folder, below))) {
      const path = join(below, entry);
      const stats = counts(path) ? lstatSync(join(folder, path), { throwIfNoEntry: false }) : undefined;
      if (stats === undefined) continue;
      const identity = `${stats.dev} ${stats.ino}`;
      if (stats.isDirectory()) sum += bytesBelow(path);
      else if (!seen.has(identity)) sum += stats.blocks * bytesPerBlock;
      if (stats.nlink > 1) seen.add(identity);
    }
    return sum;
  };
  return bytesBelow('');
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
