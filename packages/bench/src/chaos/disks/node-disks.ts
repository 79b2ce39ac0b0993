// A small file system of its own for each node, so that its disk can be full while the others are not: an image in the
// run's folder, mounted as a loop device. Its flushes go through to the real disk. Needs root.

import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { BenchError } from '../../bench-error.ts';
import { leftBehind } from '../../system/own-name.ts';
import { runProgram, tryProgram } from '../../system/run-program.ts';

/** Only what is written takes space on the disk below. */
const imageBytes = 16 * 1024 ** 3;
const fillersName = 'fillers';
/** So much or less is written in the end, block by block; what is before is only reserved, which takes no time. */
const writtenBytes = 4 * 1024 ** 2;
const reservationsMax = 20;
const blockBytes = 4096;

export class NodeDisks {
  readonly #ids: readonly number[];
  readonly #folder: string;
  readonly #removeAtExit = (): void => this.remove();

  /** For nodes with the ids 1 to `nodes`. Throws SYSTEM_REFUSED if this process may not, or the system cannot. */
  static open(nodes: number, folder: string): NodeDisks {
    if (process.getuid?.() !== 0) throw new BenchError('SYSTEM_REFUSED', 'only root can mount a disk for each node');
    removeLeftovers();
    const ids = Array.from({ length: nodes }, (_, position) => position + 1);
    const disks = new NodeDisks(ids, folder);
    try {
      for (const id of ids) disks.#mount(id);
      return disks;
    } catch (error) {
      disks.remove();
      for (const id of ids) rmSync(disks.#imageOf(id), { force: true });
      throw error;
    }
  }

  private constructor(ids: readonly number[], folder: string) {
    this.#ids = ids;
    this.#folder = folder;
    process.once('exit', this.#removeAtExit);
  }

  folderOf(id: number): string {
    return join(this.#folder, `balsa-chaos-${process.pid}-disk-${id}`);
  }

  /** Takes all space that is left, also while the node goes on writing. */
  fill(id: number): void {
    const fillers = join(this.folderOf(id), fillersName);
    mkdirSync(fillers, { recursive: true });
    for (let attempt = 0; attempt < reservationsMax; attempt++) {
      const { bavail, bsize } = statfsSync(fillers);
      const bytes = bavail * bsize - writtenBytes;
      if (bytes <= 0) break;
      // Where the node was quicker, this fails; what could be reserved stays reserved.
      tryProgram('fallocate', ['--length', `${bytes}`, join(fillers, `${attempt}`)]);
    }
    const file = openSync(join(fillers, 'last'), 'w');
    try {
      writeUntilFull(file, Buffer.alloc(64 * 1024));
      writeUntilFull(file, Buffer.alloc(blockBytes));
    } finally {
      closeSync(file);
    }
  }

  empty(id: number): void {
    rmSync(join(this.folderOf(id), fillersName), { recursive: true, force: true });
  }

  /** Unmounts all disks; their images stay in the run's folder, for whoever wants to see what is on them. */
  remove(): void {
    process.removeListener('exit', this.#removeAtExit);
    for (const id of this.#ids) unmount(this.folderOf(id));
  }

  #mount(id: number): void {
    const image = this.#imageOf(id);
    writeFileSync(image, '');
    truncateSync(image, imageBytes);
    runProgram('mkfs.ext4', ['-q', '-F', '-m', '0', image]);
    mkdirSync(this.folderOf(id));
    runProgram('mount', ['-o', 'loop', image, this.folderOf(id)]);
    // Without it a filler would have to be written whole.
    const probe = join(this.folderOf(id), 'probe');
    runProgram('fallocate', ['--length', `${blockBytes}`, probe]);
    rmSync(probe);
  }

  #imageOf(id: number): string {
    return `${this.folderOf(id)}.img`;
  }
}

function writeUntilFull(file: number, block: Buffer): void {
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

/** Also where a process that has not ended yet still has files open. */
function unmount(folder: string): void {
  tryProgram('umount', ['--lazy', folder]);
}

function removeLeftovers(): void {
  const folders = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((folder) => leftBehind([basename(folder)], /^balsa-chaos-(\d+)-disk-\d+$/).length > 0);
  for (const folder of folders) {
    unmount(folder);
    rmSync(`${folder}.img`, { force: true });
    rmdirSync(folder);
  }
}
