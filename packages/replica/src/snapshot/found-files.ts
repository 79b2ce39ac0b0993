// What an earlier process left in the folder of snapshots: the latest of every group is found and checked, all of it, and
// what nobody can use is removed.

import type { GroupId } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { ReplicaError } from '../errors.ts';
import type { StoredSnapshot } from '../ports.ts';
import { isDamagedSnapshot } from './failures.ts';
import { parseFileName, type SnapshotFileName } from './file-names.ts';
import { headerBytesMax, type SnapshotHeader } from './layout.ts';
import { pieceBytesMax } from './piece-checker.ts';
import { PieceReader } from './piece-reader.ts';
import { StoredFile } from './stored-file.ts';

export interface FoundFiles {
  readonly latest: ReadonlyMap<GroupId, StoredFile>;
  /** Newer ones than the latest that is sound. Their files are left as they are until another takes their place. */
  readonly damaged: ReadonlyMap<GroupId, DamagedFiles>;
  /** Groups with a copy that can go on. */
  readonly partial: ReadonlySet<GroupId>;
  readonly nextNumber: number;
}

export interface DamagedFiles {
  readonly paths: readonly string[];
  readonly damage: ReplicaError;
}

/** @throws ReplicaError RECORD_UNKNOWN: a newer version wrote one of them. Rejects with the disk's errors. */
export async function findFiles(disk: Disk, folder: string): Promise<FoundFiles> {
  await disk.createFolder(folder);
  // The process before may have died before the name of the latest was durable; nothing older may go until it is.
  await disk.syncFolder(folder);
  const names = (await disk.list(folder)).map(parseFileName).filter((name) => name !== undefined);
  const search = new Search(disk, folder);
  // The newest first; copies last, when it is known what would be news.
  names.sort((a, b) => b.number - a.number);
  for (const name of names) await search.takeIn(name);
  const { latest, damaged, partial } = search;
  return { latest, damaged, partial, nextNumber: Math.max(0, ...names.map(({ number }) => number)) + 1 };
}

class Search {
  readonly latest = new Map<GroupId, StoredFile>();
  readonly damaged = new Map<GroupId, DamagedFiles>();
  readonly partial = new Set<GroupId>();
  readonly #disk: Disk;
  readonly #folder: string;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  async takeIn({ name, group, kind }: SnapshotFileName): Promise<void> {
    const path = `${this.#folder}/${name}`;
    if (kind === 'snapshot' && !this.latest.has(group)) await this.#takeSnapshot(path, group);
    else if (kind === 'partial' && (await this.#mayGoOn(path, group))) this.partial.add(group);
    else await this.#disk.remove(path);
  }

  async #takeSnapshot(path: string, group: GroupId): Promise<void> {
    try {
      const snapshot = await readSnapshotFile(this.#disk, path, group);
      this.latest.set(group, new StoredFile(this.#disk, path, snapshot));
    } catch (error) {
      if (!isDamagedSnapshot(error)) throw error;
      const { paths = [], damage = error } = this.damaged.get(group) ?? {};
      this.damaged.set(group, { paths: [...paths, path], damage });
    }
  }

  /** Does it begin like a snapshot that is newer than the latest? */
  async #mayGoOn(path: string, group: GroupId): Promise<boolean> {
    try {
      const header = await readFile(this.#disk, path, (reader) => checkHeader(reader, group, headerBytesMax));
      return header.index > (this.latest.get(group)?.snapshot.index ?? 0);
    } catch (error) {
      if (error instanceof ReplicaError) return false;
      throw error;
    }
  }
}

/** All of the file, checked. @throws ReplicaError SNAPSHOT_DAMAGED; RECORD_UNKNOWN: a newer version wrote it. */
export function readSnapshotFile(disk: Disk, path: string, group: GroupId): Promise<StoredSnapshot> {
  return readFile(disk, path, (reader) => checkAll(reader, group));
}

async function readFile<T>(disk: Disk, path: string, work: (reader: PieceReader) => Promise<T>): Promise<T> {
  const file = await disk.open(path);
  try {
    return await work(new PieceReader(file, path));
  } finally {
    await file.close();
  }
}

async function checkHeader(reader: PieceReader, group: GroupId, bytesMax = pieceBytesMax): Promise<SnapshotHeader> {
  await reader.next(Buffer.allocUnsafe(bytesMax));
  const { header } = reader.checker;
  if (header?.group !== group) throw reader.checker.damaged(`it is of group ${header?.group}, unlike its name`);
  return header;
}

async function checkAll(reader: PieceReader, group: GroupId): Promise<StoredSnapshot> {
  const { id, index, term, configuration } = await checkHeader(reader, group);
  const memory = Buffer.allocUnsafe(pieceBytesMax);
  while ((await reader.next(memory)) !== undefined);
  return { id, index, term, configuration, bytes: reader.checker.offset };
}
