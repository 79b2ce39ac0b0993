// What lies on the disk, as `du` counts it: in blocks, for files may have holes.

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const bytesPerBlock = 512;

/**
 * Of all below `folder`; of files that vanish meanwhile, nothing. `counts`: which to take, by path below `folder`; what lies in a folder that is
 * not taken is not looked at.
 */
export function folderBytes(folder: string, counts: (path: string) => boolean = () => true, below = ''): number {
  let sum = 0;
  for (const entry of namesIn(folder)) {
    const path = join(below, entry);
    if (!counts(path)) continue;
    const stats = lstatSync(join(folder, entry), { throwIfNoEntry: false });
    if (stats === undefined) continue;
    sum += stats.isDirectory() ? folderBytes(join(folder, entry), counts, path) : stats.blocks * bytesPerBlock;
  }
  return sum;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
