// The hot-path file operations as promises, for code that is not on the hot path.

import type { DiskFile, Done } from './disk.ts';

export function writeFile(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  return promised((done) => file.write(bytes, position, done));
}

export function flushFile(file: DiskFile): Promise<void> {
  return promised((done) => file.flush(done));
}

/** Reads the whole file, which must not be longer than `bytesMax`. */
export async function readWholeFile(file: DiskFile, bytesMax: number): Promise<Buffer> {
  const sizeBytes = await file.sizeBytes();
  if (sizeBytes > bytesMax) throw new Error(`the file has ${sizeBytes} bytes, more than ${bytesMax}`);
  const bytes = Buffer.alloc(sizeBytes);
  return bytes.subarray(0, await file.read(bytes, 0));
}

function promised(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)));
  });
}
