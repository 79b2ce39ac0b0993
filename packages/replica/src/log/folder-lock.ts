// Keeps a second process out of a data folder.
//
// The lock is a listening local socket whose name is derived from the folder's identity (device and inode, so that every
// path to it gives the same name). The kernel takes the name back when its owner dies, however it dies: no stale lock, no
// guessing whether a process id was reused, no race between two that clean up. On Linux the name is in the abstract
// namespace, on Windows it is a named pipe; both vanish with the process. Elsewhere it is a socket file in the temporary
// folder, which is removed if nobody answers there.
//
// The owner answers a connection with its process id, so that the refusal can name it. Linux keeps abstract names per
// network namespace: two containers that share a folder, but no network, do not see each other's lock.

import { stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskErrorCode } from '../disk/disk.ts';

const answerTimeoutMs = 1000;

export interface FolderLock {
  release(): Promise<void>;
}

/** Who holds the lock; `processId` is `undefined` if it does not answer. */
export interface LockHolder {
  readonly processId: number | undefined;
}

/** Takes the lock of an existing folder, or tells who has it. */
export async function lockFolder(folder: string): Promise<FolderLock | LockHolder> {
  return lockAddress(await lockAddressOf(folder, process.platform));
}

export async function lockAddressOf(folder: string, platform: NodeJS.Platform): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  const name = `balsa-data-folder-${dev}-${ino}`;
  if (platform === 'linux') return `\0${name}`;
  return platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.lock`);
}

export async function lockAddress(address: string): Promise<FolderLock | LockHolder> {
  const lock = await listen(address);
  if (lock !== undefined) return lock;
  const holder = await askHolder(address);
  if (holder !== 'nobody' || address.startsWith('\0')) return { processId: holder === 'nobody' ? undefined : holder };
  // A socket file whose owner died.
  await unlink(address);
  return (await listen(address)) ?? { processId: undefined };
}

/** `undefined` if the address is taken. */
function listen(address: string): Promise<FolderLock | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(`${process.pid}\n`);
    });
    server.unref();
    server.once('error', (error) => (diskErrorCode(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => resolve({ release: () => close(server) }));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function askHolder(address: string): Promise<number | undefined | 'nobody'> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(address);
    const finish = (holder: number | undefined | 'nobody'): void => {
      socket.destroy();
      resolve(holder);
    };
    socket.setTimeout(answerTimeoutMs, () => finish(undefined));
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      if (answer.length > 32) finish(undefined);
    });
    socket.on('end', () => finish(/^\d+\n$/.test(answer) ? Number(answer) : undefined));
    socket.on('error', (error) => finish(diskErrorCode(error) === 'ECONNREFUSED' ? 'nobody' : undefined));
  });
}
