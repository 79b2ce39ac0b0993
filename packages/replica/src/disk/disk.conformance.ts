// What every disk must do while nothing crashes. Call it inside a test file with a way to make a disk and an empty folder.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Disk, diskErrorCode } from './disk.ts';
import { flushFile, readWholeFile, writeFile } from './promises.ts';

export interface DiskHarness {
  readonly disk: Disk;
  /** Exists and is empty. */
  readonly folder: string;
  dispose(): Promise<void>;
}

export function describeDisk(name: string, createHarness: () => Promise<DiskHarness>): void {
  describe(`${name} as a disk`, () => {
    let harness: DiskHarness;
    let disk: Disk;
    let path: string;

    beforeEach(async () => {
      harness = await createHarness();
      ({ disk } = harness);
      path = `${harness.folder}/file`;
    });

    afterEach(() => harness.dispose());

    async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
      return work.then(() => undefined, diskErrorCode);
    }

    test.each([false, true])('reads what was written, anywhere (durable writes: %s)', async (durableWrites) => {
      const file = await disk.open(path, { create: true, durableWrites });
      await writeFile(file, Buffer.from('hello'), 0);
      await writeFile(file, Buffer.from('world'), 10_000);
      await flushFile(file);
      expect(await file.sizeBytes()).toBe(10_005);
      const bytes = Buffer.alloc(10_005, 1);
      expect(await file.read(bytes, 0)).toBe(10_005);
      expect(bytes.toString('latin1', 0, 5)).toBe('hello');
      expect(bytes.toString('latin1', 10_000)).toBe('world');
      expect(bytes.subarray(5, 10_000).every((byte) => byte === 0)).toBe(true);
      await file.close();
    });

    test('a read ends at the end of the file', async () => {
      const file = await disk.open(path, { create: true });
      await writeFile(file, Buffer.from('abc'), 0);
      expect(await file.read(Buffer.alloc(10), 1)).toBe(2);
      expect(await file.read(Buffer.alloc(10), 3)).toBe(0);
      expect(await file.read(Buffer.alloc(10), 100)).toBe(0);
      await file.close();
    });

    test('reads a whole file, unless it is too long', async () => {
      const file = await disk.open(path, { create: true });
      await writeFile(file, Buffer.from('abc'), 0);
      expect((await readWholeFile(file, 3)).toString()).toBe('abc');
      await expect(readWholeFile(file, 2)).rejects.toThrow('more than 2');
      await file.close();
    });

    test('several writes at once all arrive', async () => {
      const file = await disk.open(path, { create: true, durableWrites: true });
      await Promise.all(Array.from({ length: 20 }, (_, i) => writeFile(file, Buffer.alloc(1000, i + 1), i * 1000)));
      const bytes = await readWholeFile(file, 20_000);
      for (let i = 0; i < 20; i++) expect(bytes[i * 1000 + 999]).toBe(i + 1);
      await file.close();
    });

    test('names: created, listed in order, renamed over others, removed', async () => {
      for (const name of ['b', 'a', 'c']) {
        const file = await disk.open(`${harness.folder}/${name}`, { create: true });
        await writeFile(file, Buffer.from(name), 0);
        await file.close();
      }
      expect(await disk.list(harness.folder)).toEqual(['a', 'b', 'c']);
      await disk.rename(`${harness.folder}/c`, `${harness.folder}/a`);
      await disk.remove(`${harness.folder}/b`);
      await disk.syncFolder(harness.folder);
      expect(await disk.list(harness.folder)).toEqual(['a']);
      const file = await disk.open(`${harness.folder}/a`, { create: true });
      expect((await readWholeFile(file, 10)).toString()).toBe('c');
      await file.close();
    });

    test('folders: created with their parents, and again without harm; listed by their parent', async () => {
      const deep = `${harness.folder}/one/two`;
      await disk.createFolder(deep);
      await disk.createFolder(deep);
      expect(await disk.list(harness.folder)).toEqual(['one']);
      expect(await disk.list(deep)).toEqual([]);
    });

    test('what is missing or in the way has a code', async () => {
      const missing = `${harness.folder}/missing`;
      expect(await codeOf(disk.open(missing))).toBe('ENOENT');
      expect(await codeOf(disk.remove(missing))).toBe('ENOENT');
      expect(await codeOf(disk.rename(missing, path))).toBe('ENOENT');
      expect(await codeOf(disk.list(missing))).toBe('ENOENT');
      expect(await codeOf(disk.syncFolder(missing))).toBe('ENOENT');
      await (await disk.open(path, { create: true })).close();
      expect(await codeOf(disk.createFolder(path))).toBe('EEXIST');
    });

    test('tells how much space is left', async () => {
      expect(await disk.freeBytes(harness.folder)).toBeGreaterThan(0);
    });
  });
}
