// What a disk does to bytes that it had called durable: bits flip, writes turn out never to have arrived, or to have landed
// somewhere else, files are cut or empty. Of the log only blocks are hit behind which a later one is durable: that the very last write was a lie is
// what no log of a single disk can know.

import type { SeededRandom } from '@balsa/raft';
import type { SimulatedDisk } from '@balsa/replica';

const sectorBytes = 4096;
/** Where the storage engine has its files. */
export const storagePath = '/node/storage';

interface Block {
  readonly path: string;
  readonly position: number;
  readonly bytes: number;
}

/** The log's blocks, by the durable writes that the disk saw. */
export class LogBlocks {
  #blocks: Block[] = [];

  /** Of writes to log files, blocks are those that begin neither at the start of the file nor with zeros. */
  written(path: string, position: number, bytes: Uint8Array): void {
    const isBlock = path.includes('/log/') && position > 0 && (bytes[0] !== 0 || bytes[1] !== 0);
    if (!isBlock) return;
    this.#blocks = this.#blocks.filter((block) => block.path !== path || block.position < position);
    this.#blocks.push({ path, position, bytes: bytes.length });
  }

  forget(): void {
    this.#blocks = [];
  }

  /** Those with a durable one behind them. */
  witnessed(): readonly Block[] {
    return this.#blocks.slice(0, -1);
  }
}

/** Does some damage, and says which; `undefined` if there is nothing to damage yet. */
export function damage(disk: SimulatedDisk, written: readonly Block[], random: SeededRandom): string | undefined {
  // Segments that are no longer needed are used again, under another name.
  const files = new Set(disk.files());
  const blocks = written.filter(({ path }) => files.has(path));
  const any = <T>(list: readonly T[]): T | undefined => list[random.integerBetween(0, Math.max(1, list.length))];
  const block = any(blocks);
  if (block === undefined || random.chance(0.15)) {
    // Files of the storage engine are repaired from another replica, which nobody does here.
    const path = any(disk.files().filter((file) => !file.includes('/log/') && !file.includes(storagePath)));
    if (path === undefined) return undefined;
    return damageCopies(disk, path, random);
  }
  const { path, position, bytes } = block;
  // What bears witness to a segment that is cut lies in a later one.
  if (path !== blocks.at(-1)!.path && random.chance(0.3)) return cut(disk, path, random.chance(0.5) ? 0 : position);
  if (random.chance(0.5)) return flipBit(disk, path, position, bytes, random);
  const content = disk.contentOf(path).subarray(position, position + bytes);
  disk.overwrite(path, new Uint8Array(bytes), position);
  const elsewhere = any(blocks.filter((other) => other !== block && other.bytes >= bytes));
  if (elsewhere === undefined || random.chance(0.5)) return `a write to ${path} at ${position} never arrived`;
  disk.overwrite(elsewhere.path, content, elsewhere.position);
  return `a write to ${path} at ${position} went to ${elsewhere.path} at ${elsewhere.position}`;
}

/** Where two copies of a sector lie side by side, both may suffer. */
function damageCopies(disk: SimulatedDisk, path: string, random: SeededRandom): string | undefined {
  const { length } = disk.contentOf(path);
  if (random.chance(0.2)) return cut(disk, path, 0);
  const hasNeighbours = length > 2 * sectorBytes;
  if (!hasNeighbours || random.chance(0.5)) return flipBit(disk, path, 0, length, random);
  const at = random.integerBetween(0, Math.floor(length / sectorBytes) - 1) * sectorBytes;
  const [first, second] = [at, at + sectorBytes].map((sector) => flipBit(disk, path, sector, sectorBytes, random));
  return `${first}, and ${second}`;
}

function cut(disk: SimulatedDisk, path: string, sizeBytes: number): string {
  disk.truncate(path, sizeBytes);
  return `of ${path} only ${sizeBytes} bytes are left`;
}

function flipBit(
  disk: SimulatedDisk,
  path: string,
  from: number,
  bytes: number,
  random: SeededRandom,
): string | undefined {
  if (bytes === 0) return undefined;
  const bit = from * 8 + random.integerBetween(0, bytes * 8);
  disk.flipBit(path, bit);
  return `bit ${bit} of ${path} flips`;
}
