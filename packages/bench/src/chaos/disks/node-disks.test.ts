import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withFolder } from '../../command/testing.ts';
import { NodeDisks } from './node-disks.ts';

function openIfPossible(folder: string): NodeDisks | undefined {
  try {
    return NodeDisks.open(1, folder);
  } catch (error) {
    expect(error).toMatchObject({ code: 'SYSTEM_REFUSED' });
    return undefined;
  }
}

test('a disk is full until it is emptied, where this machine lets us have one; elsewhere nothing stays', () =>
  withFolder(async (folder) => {
    const disks = openIfPossible(folder);
    if (disks === undefined) {
      expect(readdirSync(folder).filter((name) => name.endsWith('.img'))).toEqual([]);
      return;
    }
    try {
      const file = join(disks.folderOf(1), 'file');
      writeFileSync(file, Buffer.alloc(4096));
      disks.fill(1);
      expect(() => writeFileSync(`${file}-2`, Buffer.alloc(64 * 1024))).toThrow('ENOSPC');
      disks.empty(1);
      writeFileSync(`${file}-3`, Buffer.alloc(64 * 1024));
    } finally {
      disks.remove();
    }
    // Unmounted: only the image still holds it.
    expect(readdirSync(disks.folderOf(1))).toEqual([]);
  }));
