import { closeSync, ftruncateSync, linkSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withFolder } from '../command/testing.ts';
import { folderBytes } from './folder-bytes.ts';

const mebibyte = 1024 * 1024;

test('everything below a folder counts, unless it is left out; holes and second names do not', () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, 'data', 'part'), { recursive: true });
    mkdirSync(join(folder, 'log'));
    writeFileSync(join(folder, 'data', 'part', 'points'), Buffer.alloc(mebibyte, 1));
    writeFileSync(join(folder, 'log', 'segment'), Buffer.alloc(2 * mebibyte, 1));
    const sparse = openSync(join(folder, 'data', 'sparse'), 'w');
    ftruncateSync(sparse, 64 * mebibyte);
    closeSync(sparse);
    linkSync(join(folder, 'log', 'segment'), join(folder, 'data', 'same'));
    const slack = mebibyte / 4;
    const all = folderBytes(folder);
    expect(all).toBeGreaterThanOrEqual(3 * mebibyte);
    expect(all).toBeLessThan(3 * mebibyte + slack);
    const withoutLog = folderBytes(folder, (path) => path !== 'log');
    expect(withoutLog).toBeGreaterThanOrEqual(3 * mebibyte);
    expect(folderBytes(folder, (path) => path !== 'log' && path !== join('data', 'same'))).toBeLessThan(
      mebibyte + slack,
    );
    expect(folderBytes(folder, (path) => path !== join('data', 'part'))).toBeLessThan(2 * mebibyte + slack);
    expect(folderBytes(join(folder, 'nowhere'))).toBe(0);
  }));
