import type { Disk } from './disk.ts';

/** The disk of this machine, loaded when it is needed: on a simulated disk, what asks for it works where there are no files. */
export async function realDisk(): Promise<Disk> {
  const { NodeDisk } = await import('./node-disk.ts');
  return new NodeDisk();
}
