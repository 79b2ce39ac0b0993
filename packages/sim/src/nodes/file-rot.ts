// Bits of the storage engine's files that flip on a node's disk, long after they were called durable. They stay until the file is gone, or
// somebody has put the right bytes there again.

import type { SeededRandom } from '@balsa/raft';
import type { SimulatedDisk } from '@balsa/replica';
import { storagePath } from './damage.ts';

interface RottenBit {
  readonly path: string;
  readonly bit: number;
  /** As it is now. */
  readonly value: number;
}

export class FileRot {
  #bits: RottenBit[] = [];

  /** Flips a bit, and says which; `undefined`: there is no file yet. */
  strike(disk: SimulatedDisk, random: SeededRandom): string | undefined {
    const files = disk.files().filter((file) => file.startsWith(storagePath) && file.endsWith('.tsfile'));
    if (files.length === 0) return undefined;
    const path = files[random.integerBetween(0, files.length)]!;
    const { length } = disk.contentOf(path);
    if (length === 0) return undefined;
    const bit = random.integerBetween(0, length * 8);
    disk.flipBit(path, bit);
    this.#bits.push({ path, bit, value: bitOf(disk, path, bit) });
    return `bit ${bit} of ${path} rots`;
  }

  /** Is any of it still there? */
  isOn(disk: SimulatedDisk): boolean {
    if (this.#bits.length === 0) return false;
    const files = new Set(disk.files());
    return this.#bits.some(({ path, bit, value }) => files.has(path) && bitOf(disk, path, bit) === value);
  }

  /** Was a file of this name ever struck? */
  hasStruck(name: string | undefined): boolean {
    return this.#bits.some(({ path }) => path === `${storagePath}/${name}`);
  }

  /** The disk is another. */
  forget(): void {
    this.#bits = [];
  }
}

function bitOf(disk: SimulatedDisk, path: string, bit: number): number {
  return ((disk.contentOf(path)[bit >>> 3] ?? 0) >>> (bit & 7)) & 1;
}
