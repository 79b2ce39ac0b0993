// What happens to the storage engine's files on a node's disk, long after they were called durable: bits flip, ends are cut off, files are
// gone. It stays so until nobody needs the file, or somebody has put the right bytes there again.

import type { SeededRandom } from '@balsa/raft';
import type { SimulatedDisk } from '@balsa/replica';
import { storagePath } from './damage.ts';

interface RottenFile {
  readonly path: string;
  /** Is it still as it was left? @param files of the disk. */
  isOn(disk: SimulatedDisk, files: ReadonlySet<string>): boolean;
}

/** How often it is a file that describes others, a cut, or a loss. */
const descriptionProbability = 0.3;
const cutProbability = 0.1;
const lossProbability = 0.1;

export class FileRot {
  #struck: RottenFile[] = [];

  /** Says what it has done; `undefined`: there is no file yet. */
  strike(disk: SimulatedDisk, random: SeededRandom): string | undefined {
    const kinds = random.chance(descriptionProbability) ? /\.(?:resource|catalog)$/ : /\.tsfile$/;
    const files = disk.files().filter((file) => file.startsWith(storagePath) && kinds.test(file));
    const path = files[random.integerBetween(0, Math.max(1, files.length))];
    const bytes = path === undefined ? 0 : disk.contentOf(path).length;
    if (path === undefined || bytes === 0) return undefined;
    if (random.chance(lossProbability)) return this.#lose(disk, path);
    if (random.chance(cutProbability)) return this.#cut(disk, path, random.integerBetween(0, bytes));
    return this.#flip(disk, path, random.integerBetween(0, bytes * 8));
  }

  /** How often it has struck this disk. */
  get strikes(): number {
    return this.#struck.length;
  }

  /** Is any of it still there? */
  isOn(disk: SimulatedDisk): boolean {
    if (this.#struck.length === 0) return false;
    const files = new Set(disk.files());
    return this.#struck.some((file) => file.isOn(disk, files));
  }

  /** Was a file of this name ever struck? */
  hasStruck(name: string | undefined): boolean {
    return this.#struck.some(({ path }) => path === `${storagePath}/${name}`);
  }

  /** The disk is another. */
  forget(): void {
    this.#struck = [];
  }

  #flip(disk: SimulatedDisk, path: string, bit: number): string {
    disk.flipBit(path, bit);
    const value = bitOf(disk, path, bit);
    this.#struck.push({ path, isOn: (it, files) => files.has(path) && bitOf(it, path, bit) === value });
    return `bit ${bit} of ${path} rots`;
  }

  #cut(disk: SimulatedDisk, path: string, bytes: number): string {
    disk.truncate(path, bytes);
    this.#struck.push({ path, isOn: (it, files) => files.has(path) && it.contentOf(path).length === bytes });
    return `of ${path} only ${bytes} bytes are left`;
  }

  #lose(disk: SimulatedDisk, path: string): string {
    disk.lose(path);
    const name = path.slice(storagePath.length + 1);
    this.#struck.push({ path, isOn: (it, files) => !files.has(path) && isNamed(it, name) });
    return `${path} is gone`;
  }
}

function bitOf(disk: SimulatedDisk, path: string, bit: number): number {
  return ((disk.contentOf(path)[bit >>> 3] ?? 0) >>> (bit & 7)) & 1;
}

/** By the manifest, or by a snapshot: these need it. */
function isNamed(disk: SimulatedDisk, name: string): boolean {
  return disk
    .files()
    .filter((file) => file === `${storagePath}/manifest` || file.includes('/snapshots/'))
    .some((file) => disk.contentOf(file).includes(name));
}
