import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryFolder } from './memory-folder.ts';
import { openNodeFolder } from './node-folder.ts';
import { storageFolderCases } from './storage-folder.conformance.ts';
import { readWhole, writeWhole } from './storage-folder.ts';

const cases = Object.entries(storageFolderCases);

describe('the folder in memory', () => {
  it.each(cases)('%s', async (_, check) => {
    const folder = new MemoryFolder();
    await check(folder);
    expect(folder.openFiles).toBe(0);
  });

  it('loses at a power failure what was not made durable', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const folder = new MemoryFolder({ seed });
      await writeWhole(folder, 'durable', Buffer.from('durable'));
      await folder.sync();
      const sink = await folder.createSink('torn');
      await sink.write(Buffer.from('torn'));
      await folder.sync();
      await writeWhole(folder, 'unnamed', Buffer.from('unnamed'));
      const after = folder.crash();
      await expect(folder.list()).rejects.toThrow('the power has failed');
      expect((await readWhole(after, 'durable', 100)).toString()).toBe('durable');
      const torn = await readWhole(after, 'torn', 100);
      const names = await after.list();
      if (names.includes('unnamed')) expect((await readWhole(after, 'unnamed', 100)).toString()).toBe('unnamed');
      outcomes.add(`${torn.toString('hex')} ${names.includes('unnamed')}`);
    }
    // From nothing to all of it, with zeros behind or not, each with and without the name.
    expect(outcomes.size).toBeGreaterThanOrEqual(16);
  });

  it('tears the write during which the power fails', async () => {
    const folder = new MemoryFolder({ seed: 3 });
    const sink = await folder.createSink('a');
    await folder.sync();
    folder.crashAfter(0);
    await expect(sink.write(Buffer.alloc(1000, 1))).rejects.toThrow('the power has failed');
    expect(folder.hasCrashed).toBe(true);
    expect((await readWhole(folder.crash(), 'a', 1000)).length).toBeLessThan(1000);
  });

  it('is full at its capacity, and fails when it is told to', async () => {
    const folder = new MemoryFolder({ capacityBytes: 5 });
    await expect(writeWhole(folder, 'a', Buffer.alloc(6))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(folder.names).toEqual([]);
    await writeWhole(folder, 'a', Buffer.alloc(5));
    folder.failNext('rename', 'EIO', 1);
    await folder.rename('a', 'b');
    await expect(folder.rename('b', 'c')).rejects.toMatchObject({ code: 'EIO' });
    await folder.rename('b', 'c');
  });
});

describe('the real folder', () => {
  it.each(cases)('%s', async (_, check) => {
    const path = await mkdtemp(join(tmpdir(), 'storage-'));
    try {
      await check(await openNodeFolder(join(path, 'deep', 'folder')));
    } finally {
      await rm(path, { recursive: true });
    }
  });
});
