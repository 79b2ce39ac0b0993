// Where the tour keeps the data of its nodes. It only ever removes a folder that it made itself.

import { mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { CliError } from '../errors.ts';

export interface DemoFolder {
  readonly path: string;
  /** As short as it can be written from here. */
  readonly shownPath: string;
  /** Whether `remove` leaves it alone. */
  readonly isKept: boolean;
  remove(): Promise<void>;
}

const PARENT = 'balsa-data';

/**
 * The folder that the user named, which stays, or a new one below the working folder, which goes unless `keep` is set.
 * @throws CliError FOLDER_NOT_EMPTY: the named folder holds something, which might be precious.
 */
export async function openDemoFolder(named: string | undefined, keep: boolean): Promise<DemoFolder> {
  if (named !== undefined) {
    await mkdir(named, { recursive: true });
    if ((await readdir(named)).length > 0) {
      throw new CliError('FOLDER_NOT_EMPTY', `${named} is not empty: name a new or an empty folder`);
    }
    return describe(resolve(named), true);
  }
  await mkdir(PARENT, { recursive: true });
  return describe(await mkdtemp(join(resolve(PARENT), 'demo-')), keep);
}

function describe(path: string, isKept: boolean): DemoFolder {
  const fromHere = relative('', path);
  return {
    path,
    shownPath: fromHere.startsWith('..') ? path : fromHere,
    isKept,
    async remove() {
      if (isKept) return;
      await rm(path, { recursive: true, force: true });
      // The parent goes with its last demo; another one may still be running there.
      await rmdir(resolve(PARENT)).catch(() => {});
    },
  };
}
