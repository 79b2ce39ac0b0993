// What lies on a simulated disk: every file as the running system sees it (`cached`) and as a power failure would leave
// it (`durable`), and the sectors in which the two may differ.

import type { SeededRandom } from './seeded-random.ts';

export const simulatedSectorBytes = 4096;

/** A file's bytes; grows in zeros. */
class Content {
  #bytes: Uint8Array = new Uint8Array(0);
  sizeBytes = 0;

  write(bytes: Uint8Array, position: number): void {
    this.resize(Math.max(this.sizeBytes, position + bytes.length));
    this.#bytes.set(bytes, position);
  }

  resize(sizeBytes: number): void {
    if (sizeBytes > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.sizeBytes));
      this.#bytes = grown;
    }
    if (sizeBytes < this.sizeBytes) this.#bytes.fill(0, sizeBytes, this.sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  view(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, Math.min(end, this.sizeBytes));
  }

  flipBit(bit: number): void {
    const at = bit >>> 3;
    this.#bytes[at] = this.#bytes[at]! ^ (1 << (bit & 7));
  }
}

export class SimulatedInode {
  readonly cached: Content = new Content();
  readonly durable: Content = new Content();
  /** Sectors whose cached bytes a flush has yet to make durable, each with the number of the write that touched it last. */
  readonly #dirty = new Map<number, number>();
  /** The write whose bytes each sector holds durably: a flush that ends late must not bring older ones back. */
  readonly #persisted = new Map<number, number>();
  #writes = 0;

  /** Bytes arrive in the page cache. */
  write(bytes: Uint8Array, position: number): void {
    this.cached.write(bytes, position);
    this.#writes++;
    forEachSector(position, bytes.length, (sector) => this.#dirty.set(sector, this.#writes));
  }

  /** Bytes arrive in the page cache and on the platter. */
  writeDurably(bytes: Uint8Array, position: number): void {
    this.write(bytes, position);
    forEachSector(position, bytes.length, (sector) => {
      this.#persist(sector, this.cached.view(...sectorRange(sector)), this.#writes);
      this.#dirty.delete(sector);
    });
  }

  /** Bytes that nobody wrote there. */
  overwrite(bytes: Uint8Array, position: number): void {
    this.cached.write(bytes, position);
    this.durable.write(bytes, position);
  }

  /** Begins a flush: what is dirty now becomes durable when the returned function is called. */
  beginFlush(): () => void {
    const sectors = [...this.#dirty].map(([sector, write]) => {
      return { sector, write, bytes: this.cached.view(...sectorRange(sector)).slice() };
    });
    const sizeBytes = this.cached.sizeBytes;
    return () => {
      this.durable.resize(Math.max(this.durable.sizeBytes, sizeBytes));
      for (const { sector, write, bytes } of sectors) {
        this.#persist(sector, bytes, write);
        if (this.#dirty.get(sector) === write) this.#dirty.delete(sector);
      }
    };
  }

  /**
   * A flush that failed. As on Linux, the kernel forgets that the pages were dirty: the next flush reports success
   * without having written them, which is why nobody may retry.
   */
  failFlush(): void {
    this.#dirty.clear();
  }

  /** The power fails: of every dirty sector the old bytes, the new ones or a mixture is left. */
  losePower(random: SeededRandom): void {
    for (const sector of this.#dirty.keys()) {
      const bytes = this.cached.view(...sectorRange(sector));
      this.durable.write(bytes.subarray(0, keptBytes(bytes.length, random)), sector * simulatedSectorBytes);
    }
    this.#dirty.clear();
    this.#reload();
  }

  /** The power fails during a write: its sectors reach the platter in any order, whole, in part or not at all. */
  tearWrite(bytes: Uint8Array, position: number, random: SeededRandom): void {
    const end = position + bytes.length;
    forEachSector(position, bytes.length, (sector) => {
      const [start, sectorEnd] = sectorRange(sector);
      const from = Math.max(start, position);
      const piece = bytes.subarray(from - position, Math.min(sectorEnd, end) - position);
      this.durable.write(piece.subarray(0, keptBytes(piece.length, random)), from);
    });
    this.#reload();
  }

  /** The process dies during a write: the kernel has taken in a part of it. */
  cutWrite(bytes: Uint8Array, position: number, random: SeededRandom): void {
    this.write(bytes.subarray(0, random.between(0, bytes.length)), position);
  }

  /**
   * A durable write that failed. As on Linux, some of it may be in the page cache, where every reader sees it, and the
   * kernel does not know that the disk lacks it: no later flush writes it.
   */
  failWrite(bytes: Uint8Array, position: number, random: SeededRandom): void {
    const dirtyBefore = new Set(this.#dirty.keys());
    this.cutWrite(bytes, position, random);
    for (const sector of this.#dirty.keys()) if (!dirtyBefore.has(sector)) this.#dirty.delete(sector);
  }

  #persist(sector: number, bytes: Uint8Array, write: number): void {
    if ((this.#persisted.get(sector) ?? 0) > write) return;
    this.#persisted.set(sector, write);
    this.durable.write(bytes, sector * simulatedSectorBytes);
  }

  #reload(): void {
    this.cached.resize(0);
    this.cached.write(this.durable.view(0, this.durable.sizeBytes), 0);
  }
}

/** A folder's names, as the running system sees them and as a power failure would leave them. */
export class SimulatedFolder {
  readonly names: Map<string, SimulatedInode> = new Map();
  #durable = new Map<string, SimulatedInode>();
  #changes: ((names: Map<string, SimulatedInode>) => void)[] = [];

  change(apply: (names: Map<string, SimulatedInode>) => void): void {
    apply(this.names);
    this.#changes.push(apply);
  }

  /** A name is gone, here and on the platter, though nobody removed it. */
  lose(name: string): void {
    this.names.delete(name);
    this.#durable.delete(name);
  }

  /** Begins to make the names durable; they are when the returned function is called. */
  beginSync(): () => void {
    const count = this.#changes.length;
    return () => {
      for (const apply of this.#changes.splice(0, count)) apply(this.#durable);
    };
  }

  /** Files that a power failure could bring back included. */
  forEachInode(visit: (inode: SimulatedInode) => void): void {
    for (const inode of new Set([...this.names.values(), ...this.#durable.values()])) visit(inode);
  }

  /** Every change that was not synced is kept or lost on its own. */
  losePower(random: SeededRandom): void {
    for (const apply of this.#changes) {
      if (random.chance(0.5)) apply(this.#durable);
    }
    this.#changes = [];
    this.names.clear();
    for (const [name, inode] of this.#durable) this.names.set(name, inode);
  }
}

/**
 * How much of a sector reaches the platter when the power fails: nothing, all or the first part. Since formats tend to
 * put what matters first, a cut within a header is as likely as one anywhere else.
 */
function keptBytes(sectorLength: number, random: SeededRandom): number {
  const headerBytes = Math.min(sectorLength, 64);
  return [0, sectorLength, random.between(0, headerBytes), random.between(headerBytes, sectorLength)][random.below(4)]!;
}

function sectorRange(sector: number): [start: number, end: number] {
  return [sector * simulatedSectorBytes, (sector + 1) * simulatedSectorBytes];
}

function forEachSector(position: number, length: number, visit: (sector: number) => void): void {
  const end = Math.ceil((position + length) / simulatedSectorBytes);
  for (let sector = Math.floor(position / simulatedSectorBytes); sector < end; sector++) visit(sector);
}
