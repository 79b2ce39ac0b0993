// A file that has its name only once it is whole.

import { access, type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '../errors.ts';

/** Beside the file, so that renaming moves nothing. */
export function partPath(path: string): string {
  return `${path}.${process.pid}.part`;
}

/** @throws CliError FILE_EXISTS */
export async function refuseExisting(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw fileExists(path);
}

/** Gives what was written under `partPath` its name, once its bytes are on disk. @throws CliError FILE_EXISTS; the system's errors. */
export async function giveName(path: string, replaces: boolean): Promise<void> {
  const part = partPath(path);
  await withFile(part, (file) => file.sync());
  if (replaces) {
    await rename(part, path);
  } else {
    // Unlike a renamed file, a linked one does not take the place of another that has come meanwhile.
    await link(part, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? fileExists(path) : error;
    });
    await rm(part);
  }
  await withFile(dirname(path), (folder) => folder.sync());
}

export async function removePart(path: string): Promise<void> {
  await rm(partPath(path), { force: true });
}

function fileExists(path: string): CliError {
  return new CliError('FILE_EXISTS', `${path} is there already: --force takes its place`);
}

async function withFile(path: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'r');
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
