import { type Disk, diskErrorCode, folderOf } from './disk.ts';
import { flushFile, writeFile } from './promises.ts';

/** After a crash either the old file is there, or the new one, whole. */
export async function replaceFile(disk: Disk, path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.new`;
  // What a crash has left there may be longer, and its end would stay.
  await removeIfThere(disk, temporary);
  const file = await disk.open(temporary, { create: true });
  try {
    await writeFile(file, bytes, 0);
    await flushFile(file);
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncFolder(folderOf(path));
}

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    if (diskErrorCode(error) !== 'ENOENT') throw error;
  }
}
