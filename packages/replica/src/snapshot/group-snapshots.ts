// The snapshots of one group: the latest, those that are being made or fetched, and who reads.

import type { GroupId, SnapshotPosition } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import type { ReplicaError } from '../errors.ts';
import type { SnapshotReader, SnapshotReceiver, SnapshotWriter, StoredSnapshot } from '../ports.ts';
import { snapshotFailed } from './failures.ts';
import { newName, parseFileName, partialName, snapshotName } from './file-names.ts';
import type { DamagedFiles } from './found-files.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { FileSnapshotReader } from './snapshot-reader.ts';
import { FileSnapshotReceiver } from './snapshot-receiver.ts';
import { FileSnapshotWriter } from './snapshot-writer.ts';
import { StoredFile } from './stored-file.ts';

export interface SnapshotFolder {
  readonly disk: Disk;
  readonly path: string;
  readonly drawId: () => number;
  /** Of a file: each is higher than all before. */
  readonly nextNumber: () => number;
}

export interface FoundFilesOfGroup {
  readonly latest: StoredFile | undefined;
  readonly damaged: DamagedFiles | undefined;
  readonly hasPartial: boolean;
}

export class GroupSnapshots {
  readonly #group: GroupId;
  readonly #folder: SnapshotFolder;
  #latest: StoredFile | undefined;
  #damaged: DamagedFiles | undefined;
  /** How to end each of those who have a file open. */
  readonly #openFiles = new Map<object, () => Promise<void>>();
  #receiver: FileSnapshotReceiver | undefined;
  #hasPartial: boolean;
  /** For opening and ending. */
  readonly #turns = new OneAtATime();
  /** For what changes the latest. Those who finish wait for it, and may be waited for by those who end them. */
  readonly #changes = new OneAtATime();

  constructor(group: GroupId, folder: SnapshotFolder, found: FoundFilesOfGroup) {
    this.#group = group;
    this.#folder = folder;
    this.#latest = found.latest;
    this.#damaged = found.damaged;
    this.#hasPartial = found.hasPartial;
  }

  get hasFiles(): boolean {
    return this.#latest !== undefined || this.#damaged !== undefined || this.#hasPartial || this.#openFiles.size > 0;
  }

  get latest(): StoredSnapshot | undefined {
    return this.#latest?.snapshot;
  }

  get damage(): ReplicaError | undefined {
    return this.#damaged?.damage;
  }

  create(position: SnapshotPosition): Promise<SnapshotWriter> {
    const { disk, drawId, nextNumber } = this.#folder;
    return this.#turns.run(async () => {
      const key = {};
      const writer = await FileSnapshotWriter.open({
        disk,
        path: this.#pathOf(newName(this.#group, nextNumber())),
        header: { ...position, group: this.#group, id: drawId() },
        install: (path, snapshot) => this.#install(path, snapshot),
        onEnded: () => this.#openFiles.delete(key),
      });
      this.#openFiles.set(key, () => writer.abort());
      return writer;
    });
  }

  open(): Promise<SnapshotReader | undefined> {
    return this.#turns.run(async () => {
      const stored = this.#latest;
      if (stored === undefined) return undefined;
      const { path, snapshot } = stored;
      const key = {};
      stored.hold();
      try {
        const reader = new FileSnapshotReader({
          path,
          file: await this.#folder.disk.open(path),
          snapshot,
          onClosed: () => {
            this.#openFiles.delete(key);
            return stored.letGo();
          },
        });
        this.#openFiles.set(key, () => reader.close());
        return reader;
      } catch (error) {
        await stored.letGo();
        throw snapshotFailed(path, error);
      }
    });
  }

  receive(snapshot: StoredSnapshot): Promise<SnapshotReceiver> {
    return this.#turns.run(async () => {
      await this.#receiver?.close();
      this.#hasPartial = true;
      const key = {};
      const receiver = await FileSnapshotReceiver.open({
        disk: this.#folder.disk,
        path: this.#pathOf(partialName(this.#group)),
        group: this.#group,
        snapshot,
        install: async (path, received) => {
          const latest = await this.#install(path, received);
          this.#hasPartial = false;
          return latest;
        },
        onClosed: () => this.#openFiles.delete(key),
      });
      this.#receiver = receiver;
      this.#openFiles.set(key, () => receiver.close());
      return receiver;
    });
  }

  remove(): Promise<void> {
    return this.#turns.run(async () => {
      await this.#endAll();
      await this.#changes.run(() => this.#removeFiles());
    });
  }

  /** Closes every file; what is not finished is given up, or may be resumed. */
  end(): Promise<void> {
    return this.#turns.run(() => this.#endAll());
  }

  #pathOf(name: string): string {
    return `${this.#folder.path}/${name}`;
  }

  async #endAll(): Promise<void> {
    for (const end of [...this.#openFiles.values()]) await end();
  }

  /** The file at `path` is durable. Returns the latest snapshot: this one, or a newer one that was quicker. */
  #install(path: string, snapshot: StoredSnapshot): Promise<StoredSnapshot> {
    const { disk, path: folder, nextNumber } = this.#folder;
    return this.#changes.run(async () => {
      const before = this.#latest;
      if (before !== undefined && before.snapshot.index > snapshot.index) {
        await disk.remove(path);
        return before.snapshot;
      }
      const target = this.#pathOf(snapshotName(this.#group, nextNumber()));
      await disk.rename(path, target);
      try {
        await disk.syncFolder(folder);
      } catch (error) {
        await disk.remove(target).catch(() => {});
        throw error;
      }
      this.#latest = new StoredFile(disk, target, snapshot);
      await before?.supersede();
      for (const damaged of this.#damaged?.paths ?? []) await disk.remove(damaged).catch(() => {});
      this.#damaged = undefined;
      return snapshot;
    });
  }

  /** Also those that could not be removed when others took their place. */
  async #removeFiles(): Promise<void> {
    const { disk, path: folder } = this.#folder;
    try {
      for (const name of await disk.list(folder)) {
        if (parseFileName(name)?.group === this.#group) await disk.remove(this.#pathOf(name));
      }
      await disk.syncFolder(folder);
    } catch (error) {
      throw snapshotFailed(folder, error);
    }
    this.#latest = undefined;
    this.#damaged = undefined;
    this.#hasPartial = false;
  }
}
