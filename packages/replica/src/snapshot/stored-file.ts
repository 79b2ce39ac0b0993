import type { Disk } from '../disk/disk.ts';
import type { StoredSnapshot } from '../ports.ts';

/** A whole snapshot on the disk. Once another took its place it goes with its last reader. */
export class StoredFile {
  readonly path: string;
  readonly snapshot: StoredSnapshot;
  readonly #disk: Disk;
  #readers = 0;
  #isSuperseded = false;

  constructor(disk: Disk, path: string, snapshot: StoredSnapshot) {
    this.#disk = disk;
    this.path = path;
    this.snapshot = snapshot;
  }

  hold(): void {
    this.#readers++;
  }

  async letGo(): Promise<void> {
    this.#readers--;
    await this.#removeIfUnused();
  }

  async supersede(): Promise<void> {
    this.#isSuperseded = true;
    await this.#removeIfUnused();
  }

  /** If that fails, nothing is wrong but the space that it takes, until the next start removes it. */
  async #removeIfUnused(): Promise<void> {
    if (this.#isSuperseded && this.#readers === 0) await this.#disk.remove(this.path).catch(() => {});
  }
}
