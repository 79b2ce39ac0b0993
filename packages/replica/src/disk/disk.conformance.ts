// What every disk must do while nothing crashes.

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import { type Disk, diskErrorCode } from './disk.ts';
import { flushFile, readWholeFile, writeFile } from './promises.ts';
import { readOnly } from './read-only.ts';

export interface DiskHarness {
  readonly disk: Disk;
  /** Exists and is empty. */
  readonly folder: string;
  dispose(): Promise<void>;
}

async function readsBack({ disk, folder }: DiskHarness, durableWrites: boolean): Promise<void> {
  const file = await disk.open(`${folder}/file`, { create: true, durableWrites });
  await writeFile(file, Buffer.from('hello'), 0);
  await writeFile(file, Buffer.from('world'), 10_000);
  await flushFile(file);
  equal(await file.sizeBytes(), 10_005);
  const bytes = Buffer.alloc(10_005, 1);
  equal(await file.read(bytes, 0), 10_005);
  equal(bytes.toString('latin1', 0, 5), 'hello');
  equal(bytes.toString('latin1', 10_000), 'world');
  ok(bytes.subarray(5, 10_000).every((byte) => byte === 0));
  await file.close();
}

async function hasCode(work: Promise<unknown>, code: string): Promise<void> {
  equal(await work.then(() => undefined, diskErrorCode), code);
}

export function diskCases(createHarness: () => Promise<DiskHarness>): ConformanceCase[] {
  const fixture = { setUp: createHarness, tearDown: (harness: DiskHarness) => harness.dispose() };
  return casesOf(fixture, {
    'reads what was written, anywhere': (harness) => readsBack(harness, false),

    'reads what was written durably, anywhere': (harness) => readsBack(harness, true),

    'a read ends at the end of the file': async ({ disk, folder }) => {
      const file = await disk.open(`${folder}/file`, { create: true });
      await writeFile(file, Buffer.from('abc'), 0);
      equal(await file.read(Buffer.alloc(10), 1), 2);
      equal(await file.read(Buffer.alloc(10), 3), 0);
      equal(await file.read(Buffer.alloc(10), 100), 0);
      await file.close();
    },

    'reads a whole file, unless it is too long': async ({ disk, folder }) => {
      const file = await disk.open(`${folder}/file`, { create: true });
      await writeFile(file, Buffer.from('abc'), 0);
      equal((await readWholeFile(file, 3)).toString(), 'abc');
      await rejects(readWholeFile(file, 2), /more than 2/);
      await file.close();
    },

    'several writes at once all arrive': async ({ disk, folder }) => {
      const file = await disk.open(`${folder}/file`, { create: true, durableWrites: true });
      await Promise.all(Array.from({ length: 20 }, (_, i) => writeFile(file, Buffer.alloc(1000, i + 1), i * 1000)));
      const bytes = await readWholeFile(file, 20_000);
      for (let i = 0; i < 20; i++) equal(bytes[i * 1000 + 999], i + 1);
      await file.close();
    },

    'names: created, listed in order, renamed over others, removed': async ({ disk, folder }) => {
      for (const name of ['b', 'a', 'c']) {
        const file = await disk.open(`${folder}/${name}`, { create: true });
        await writeFile(file, Buffer.from(name), 0);
        await file.close();
      }
      deepEqual(await disk.list(folder), ['a', 'b', 'c']);
      await disk.rename(`${folder}/c`, `${folder}/a`);
      await disk.remove(`${folder}/b`);
      await disk.syncFolder(folder);
      deepEqual(await disk.list(folder), ['a']);
      const file = await disk.open(`${folder}/a`, { create: true });
      equal((await readWholeFile(file, 10)).toString(), 'c');
      await file.close();
    },

    'folders: created with their parents, and again without harm; listed by their parent': async ({ disk, folder }) => {
      const deep = `${folder}/one/two`;
      await disk.createFolder(deep);
      await disk.createFolder(deep);
      deepEqual(await disk.list(folder), ['one']);
      deepEqual(await disk.list(deep), []);
    },

    'what is opened to be read is read, and not written': async ({ disk, folder }) => {
      const path = `${folder}/file`;
      const written = await disk.open(path, { create: true });
      await writeFile(written, Buffer.from('abc'), 0);
      await written.close();
      const file = await readOnly(disk).open(path);
      await hasCode(writeFile(file, Buffer.from('x'), 0), 'EBADF');
      equal((await readWholeFile(file, 3)).toString(), 'abc');
      await file.close();
      await hasCode(readOnly(disk).open(`${folder}/other`, { create: true }), 'ENOENT');
      await hasCode(readOnly(disk).remove(path), 'EROFS');
      deepEqual(await disk.list(folder), ['file']);
    },

    'what is missing or in the way has a code': async ({ disk, folder }) => {
      const missing = `${folder}/missing`;
      const path = `${folder}/file`;
      await hasCode(disk.open(missing), 'ENOENT');
      await hasCode(disk.remove(missing), 'ENOENT');
      await hasCode(disk.rename(missing, path), 'ENOENT');
      await hasCode(disk.list(missing), 'ENOENT');
      await hasCode(disk.syncFolder(missing), 'ENOENT');
      await (await disk.open(path, { create: true })).close();
      await hasCode(disk.createFolder(path), 'EEXIST');
    },

    'tells how much space is left': async ({ disk, folder }) => {
      ok((await disk.freeBytes(folder)) > 0);
    },
  });
}
