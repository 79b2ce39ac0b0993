// The snapshots of a node, each a file in one folder (file-names.ts, layout.ts). A file is written under another name, made
// durable, renamed, and its name made durable; only then does it count, and only after that may the one before it go. So
// whenever the node dies, the latest snapshot of a group is the old one or the new one, whole.

import type { GroupId, SnapshotPosition } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import type { ReplicaError } from '../errors.ts';
import type { SnapshotReader, SnapshotReceiver, SnapshotStore, SnapshotWriter, StoredSnapshot } from '../ports.ts';
import { randomId } from '../random-id.ts';
import { snapshotClosed, snapshotFailed } from './failures.ts';
import { type FoundFiles, findFiles } from './found-files.ts';
import { GroupSnapshots, type SnapshotFolder } from './group-snapshots.ts';

export interface SnapshotFilesOptions {
  readonly disk: Disk;
  /** Created if it is missing. */
  readonly folder: string;
  /** Draws the id of a snapshot: a positive safe integer, hardly ever the same twice. Default: random. */
  readonly drawId?: () => number;
}

export class SnapshotFiles implements SnapshotStore {
  readonly #folder: SnapshotFolder;
  readonly #groups = new Map<GroupId, GroupSnapshots>();
  #closing: Promise<void> | undefined;

  /**
   * Reads and checks the latest snapshot of every group. A damaged one does not count, and is told by `damage`.
   * @throws ReplicaError SNAPSHOT_FAILED: the disk does not let it be read. RECORD_UNKNOWN: a newer version wrote one.
   */
  static async open(options: SnapshotFilesOptions): Promise<SnapshotFiles> {
    try {
      return new SnapshotFiles(options, await findFiles(options.disk, options.folder));
    } catch (error) {
      throw snapshotFailed(options.folder, error);
    }
  }

  private constructor({ disk, folder, drawId = randomId }: SnapshotFilesOptions, found: FoundFiles) {
    const { latest, damaged, partial } = found;
    let { nextNumber } = found;
    this.#folder = { disk, path: folder, drawId, nextNumber: () => nextNumber++ };
    for (const group of new Set([...latest.keys(), ...damaged.keys(), ...partial])) {
      const files = { latest: latest.get(group), damaged: damaged.get(group), hasPartial: partial.has(group) };
      this.#groups.set(group, new GroupSnapshots(group, this.#folder, files));
    }
  }

  /** Why the newest snapshot that was found of this group does not count, and an older one, or none, is the latest. */
  damage(group: GroupId): ReplicaError | undefined {
    return this.#groups.get(group)?.damage;
  }

  groups(): GroupId[] {
    return [...this.#groups].filter(([, { hasFiles }]) => hasFiles).map(([group]) => group);
  }

  latest(group: GroupId): StoredSnapshot | undefined {
    return this.#groups.get(group)?.latest;
  }

  create(group: GroupId, position: SnapshotPosition): Promise<SnapshotWriter> {
    return this.#whileOpen(() => this.#group(group).create(position));
  }

  open(group: GroupId): Promise<SnapshotReader | undefined> {
    return this.#whileOpen(() => this.#group(group).open());
  }

  receive(group: GroupId, snapshot: StoredSnapshot): Promise<SnapshotReceiver> {
    return this.#whileOpen(() => this.#group(group).receive(snapshot));
  }

  remove(group: GroupId): Promise<void> {
    return this.#whileOpen(() => this.#group(group).remove());
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#groups.values()].map((group) => group.end())).then(() => {});
    return this.#closing;
  }

  #group(group: GroupId): GroupSnapshots {
    let snapshots = this.#groups.get(group);
    if (snapshots === undefined) {
      const files = { latest: undefined, damaged: undefined, hasPartial: false };
      snapshots = new GroupSnapshots(group, this.#folder, files);
      this.#groups.set(group, snapshots);
    }
    return snapshots;
  }

  async #whileOpen<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw snapshotClosed(this.#folder.path);
    return task();
  }
}
