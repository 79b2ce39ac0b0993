import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where on the PATH, or else in `otherFolders`, a program lies; `undefined` if it is not installed. */
export function findProgram(name: string, otherFolders: readonly string[] = []): string | undefined {
  const { PATH: path } = process.env;
  return [...(path ?? '').split(delimiter), ...otherFolders]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
