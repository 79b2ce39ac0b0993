// A disk on which nothing can be changed, for those who only look: whatever code reads through it, no byte is written.

import type { Disk } from './disk.ts';

export function readOnly(disk: Disk): Disk {
  return {
    open: (path) => disk.open(path, { readOnly: true }),
    list: (folder) => disk.list(folder),
    freeBytes: (path) => disk.freeBytes(path),
    createFolder: refuse,
    rename: refuse,
    remove: refuse,
    syncFolder: refuse,
  };
}

function refuse(path: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`${path} is only read`), { code: 'EROFS' }));
}
