// A disk in memory that behaves, between crashes, like the real one, and at a crash as badly as a real one may:
// unflushed sectors are lost, torn or reordered, names that were not synced vanish, writes under way leave any mixture.
// All of it is drawn from one seed, and nothing happens but through the `schedule` that the owner passes in, so that a
// simulator decides in which order operations complete.

import { crc32c } from '@balsa/wire';
import type { Disk, DiskFile, Done, OpenFileOptions } from './disk.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedFolder, SimulatedInode } from './simulated-media.ts';

export interface SimulatedDiskOptions {
  readonly seed?: number;
  /** Runs the completion of an operation, later. The default is a microtask: as soon as possible, in order. */
  readonly schedule?: (complete: () => void) => void;
  /** Writes that would grow the files beyond this fail with ENOSPC. */
  readonly capacityBytes?: number;
  /** Hears of every durable write when it is done. */
  readonly onDurableWrite?: (path: string, position: number, bytes: Uint8Array) => void;
}

export type SimulatedOperation =
  | 'open'
  | 'write'
  | 'flush'
  | 'read'
  | 'rename'
  | 'remove'
  | 'syncFolder'
  | 'createFolder';

export interface SimulatedFault {
  readonly operation: SimulatedOperation;
  /** The operating system's code, such as EIO. */
  readonly code: string;
  /** Only for paths that contain this text. */
  readonly path?: string;
  /** How many fitting operations succeed first. */
  readonly skip?: number;
}

/** `power`: what was not flushed may be lost. `process`: only what was under way is lost, the kernel keeps the rest. */
export type SimulatedCrash = 'power' | 'process';

interface Media {
  readonly folders: Map<string, SimulatedFolder>;
  readonly random: SeededRandom;
  capacityBytes: number;
}

interface WriteUnderWay {
  readonly inode: SimulatedInode;
  readonly bytes: Uint8Array;
  readonly position: number;
}

export class SimulatedDisk implements Disk {
  readonly #media: Media;
  readonly #options: SimulatedDiskOptions;
  readonly #schedule: (complete: () => void) => void;
  readonly #writes = new Set<WriteUnderWay>();
  #faults: { fault: SimulatedFault; skip: number }[] = [];
  #crashed = false;
  #openFiles = 0;

  constructor(options: SimulatedDiskOptions = {}, media?: Media) {
    this.#media = media ?? {
      folders: new Map([['/', new SimulatedFolder()]]),
      random: new SeededRandom(options.seed ?? 0),
      capacityBytes: options.capacityBytes ?? Number.POSITIVE_INFINITY,
    };
    this.#options = options;
    this.#schedule = options.schedule ?? queueMicrotask;
  }

  /**
   * Everything that uses this disk dies at once: no operation under way completes, none is accepted any more.
   * Returns the disk as the next process finds it.
   */
  crash(kind: SimulatedCrash): SimulatedDisk {
    this.#crashed = true;
    const { folders, random } = this.#media;
    if (kind === 'power') {
      for (const folder of folders.values()) folder.forEachInode((inode) => inode.losePower(random));
      for (const write of this.#writes) write.inode.tearWrite(write.bytes, write.position, random);
      for (const folder of folders.values()) folder.losePower(random);
    } else {
      for (const write of this.#writes) write.inode.cutWrite(write.bytes, write.position, random);
    }
    return new SimulatedDisk(this.#options, this.#media);
  }

  /** Lets a coming operation fail. */
  failNext(fault: SimulatedFault): void {
    this.#faults.push({ fault, skip: fault.skip ?? 0 });
  }

  /** Takes back what `failNext` was told and has not happened yet. */
  failNothing(): void {
    this.#faults = [];
  }

  /** From now on writes that would grow the files beyond this fail. What is there already stays. */
  set capacityBytes(bytes: number) {
    this.#media.capacityBytes = bytes;
  }

  get usedBytes(): number {
    return this.#usedBytes();
  }

  /** Paths of all files, sorted. */
  files(): string[] {
    return [...this.#media.folders]
      .flatMap(([folder, { names }]) => [...names.keys()].map((name) => `${folder === '/' ? '' : folder}/${name}`))
      .sort();
  }

  /** Puts other bytes in the place of a file's, behind everybody's back, in the page cache and on the platter. */
  overwrite(path: string, bytes: Uint8Array, position: number): void {
    this.#inode(path).overwrite(bytes, position);
  }

  /** Damages a file behind everybody's back, in the page cache and on the platter. */
  flipBit(path: string, bit: number): void {
    const inode = this.#inode(path);
    inode.cached.flipBit(bit);
    if (bit >>> 3 < inode.durable.sizeBytes) inode.durable.flipBit(bit);
  }

  truncate(path: string, sizeBytes: number): void {
    const inode = this.#inode(path);
    inode.cached.resize(sizeBytes);
    inode.durable.resize(Math.min(inode.durable.sizeBytes, sizeBytes));
  }

  /** Takes a file away behind everybody's back. Whoever has it open has it still. */
  lose(path: string): void {
    const [folder, name] = this.#locate(path);
    folder.lose(name);
  }

  /** Files that were opened and not closed. */
  get openFiles(): number {
    return this.#openFiles;
  }

  /** A copy of a file's bytes as the running system sees them. */
  contentOf(path: string): Buffer {
    const { cached } = this.#inode(path);
    return Buffer.from(cached.view(0, cached.sizeBytes));
  }

  open(path: string, options: OpenFileOptions = {}): Promise<DiskFile> {
    return this.#run('open', path, () => {
      const [folder, name] = this.#locate(path);
      let inode = folder.names.get(name);
      if (inode === undefined) {
        if (!options.create) throw diskError('ENOENT', 'open', path);
        const created = new SimulatedInode();
        folder.change((names) => names.set(name, created));
        inode = created;
      }
      this.#openFiles++;
      const closed = (): void => void this.#openFiles--;
      return new SimulatedFile(this, path, inode, options, closed);
    });
  }

  createFolder(path: string): Promise<void> {
    return this.#run('createFolder', path, () => {
      let at = '';
      for (const part of path.split('/').filter((name) => name !== '')) {
        const parent = this.#media.folders.get(at === '' ? '/' : at);
        if (parent?.names.has(part)) throw diskError('EEXIST', 'mkdir', path);
        at = `${at}/${part}`;
        if (!this.#media.folders.has(at)) this.#media.folders.set(at, new SimulatedFolder());
      }
    });
  }

  list(folder: string): Promise<string[]> {
    return this.#run('read', folder, () => {
      const prefix = folder === '/' ? '/' : `${folder}/`;
      const folders = [...this.#media.folders.keys()]
        .filter((path) => path !== '/' && path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
        .map((path) => path.slice(prefix.length));
      return [...this.#folder(folder).names.keys(), ...folders].sort();
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run('rename', from, () => {
      const [folder, name] = this.#locate(from);
      const [target, targetName] = this.#locate(to);
      const inode = this.#inode(from);
      if (folder !== target) throw diskError('EXDEV', 'rename', from);
      folder.change((names) => {
        names.delete(name);
        names.set(targetName, inode);
      });
    });
  }

  remove(path: string): Promise<void> {
    return this.#run('remove', path, () => {
      const [folder, name] = this.#locate(path);
      this.#inode(path);
      folder.change((names) => names.delete(name));
    });
  }

  syncFolder(path: string): Promise<void> {
    const finish = this.#media.folders.get(path)?.beginSync();
    return this.#run('syncFolder', path, () => {
      if (finish === undefined) throw diskError('ENOENT', 'fsync', path);
      finish();
    });
  }

  freeBytes(path: string): Promise<number> {
    return this.#run('read', path, () => Math.max(0, this.#media.capacityBytes - this.#usedBytes()));
  }

  /** For `SimulatedFile`. */
  startWrite(
    path: string,
    inode: SimulatedInode,
    bytes: Uint8Array,
    position: number,
    durable: boolean,
    done: Done,
  ): void {
    const write: WriteUnderWay = { inode, bytes, position };
    const checksum = crc32c(bytes);
    this.#writes.add(write);
    this.#start('write', path, done, (fault) => {
      this.#writes.delete(write);
      if (crc32c(bytes) !== checksum) throw new Error(`${path}: bytes were changed while they were being written`);
      const growth = Math.max(0, position + bytes.length - inode.cached.sizeBytes);
      const error =
        fault ?? (this.#usedBytes() + growth > this.#media.capacityBytes ? diskError('ENOSPC', 'write', path) : null);
      if (error !== null) {
        const accepted = bytes.subarray(0, Math.max(0, bytes.length - growth));
        if (durable) inode.failWrite(accepted, position, this.#media.random);
        else inode.cutWrite(accepted, position, this.#media.random);
      } else if (durable) inode.writeDurably(bytes, position);
      else inode.write(bytes, position);
      if (error === null && durable) this.#options.onDurableWrite?.(path, position, bytes);
      return error;
    });
  }

  /** For `SimulatedFile`. */
  startFlush(path: string, inode: SimulatedInode, done: Done): void {
    const finish = inode.beginFlush();
    this.#start('flush', path, done, (fault) => {
      if (fault === null) finish();
      else inode.failFlush();
      return fault;
    });
  }

  /** For `SimulatedFile`. */
  startRead(path: string, inode: SimulatedInode, into: Uint8Array, position: number): Promise<number> {
    return this.#run('read', path, () => {
      const bytes = inode.cached.view(position, position + into.length);
      into.set(bytes);
      return bytes.length;
    });
  }

  #start(
    operation: SimulatedOperation,
    path: string,
    done: Done,
    complete: (fault: Error | null) => Error | null,
  ): void {
    if (this.#crashed) return;
    this.#schedule(() => {
      if (!this.#crashed) done(complete(this.#takeFault(operation, path)));
    });
  }

  #run<T>(operation: SimulatedOperation, path: string, complete: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#crashed) return;
      this.#schedule(() => {
        if (this.#crashed) return;
        const fault = this.#takeFault(operation, path);
        if (fault !== null) return reject(fault);
        try {
          resolve(complete());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #takeFault(operation: SimulatedOperation, path: string): Error | null {
    for (const [i, planned] of this.#faults.entries()) {
      const { fault } = planned;
      if (fault.operation !== operation || !path.includes(fault.path ?? '')) continue;
      if (planned.skip-- > 0) continue;
      this.#faults.splice(i, 1);
      return diskError(fault.code, operation, path);
    }
    return null;
  }

  #locate(path: string): [folder: SimulatedFolder, name: string] {
    const slash = path.lastIndexOf('/');
    return [this.#folder(path.slice(0, slash) || '/'), path.slice(slash + 1)];
  }

  #folder(path: string): SimulatedFolder {
    const folder = this.#media.folders.get(path);
    if (folder === undefined) throw diskError('ENOENT', 'open', path);
    return folder;
  }

  #inode(path: string): SimulatedInode {
    const [folder, name] = this.#locate(path);
    const inode = folder.names.get(name);
    if (inode === undefined) throw diskError('ENOENT', 'open', path);
    return inode;
  }

  #usedBytes(): number {
    let total = 0;
    for (const folder of this.#media.folders.values()) {
      for (const inode of folder.names.values()) total += inode.cached.sizeBytes;
    }
    return total;
  }
}

class SimulatedFile implements DiskFile {
  readonly #disk: SimulatedDisk;
  readonly #path: string;
  readonly #inode: SimulatedInode;
  readonly #options: OpenFileOptions;
  #closed: (() => void) | undefined;

  constructor(disk: SimulatedDisk, path: string, inode: SimulatedInode, options: OpenFileOptions, closed: () => void) {
    this.#disk = disk;
    this.#path = path;
    this.#inode = inode;
    this.#options = options;
    this.#closed = closed;
  }

  write(bytes: Uint8Array, position: number, done: Done): void {
    this.#checkOpen();
    const { durableWrites = false, readOnly = false } = this.#options;
    if (readOnly) queueMicrotask(() => done(diskError('EBADF', 'write', this.#path)));
    else this.#disk.startWrite(this.#path, this.#inode, bytes, position, durableWrites, done);
  }

  flush(done: Done): void {
    this.#checkOpen();
    this.#disk.startFlush(this.#path, this.#inode, done);
  }

  read(into: Uint8Array, position: number): Promise<number> {
    this.#checkOpen();
    return this.#disk.startRead(this.#path, this.#inode, into, position);
  }

  async sizeBytes(): Promise<number> {
    return this.#inode.cached.sizeBytes;
  }

  async close(): Promise<void> {
    this.#closed?.();
    this.#closed = undefined;
  }

  /** The number of a closed file may be that of another file by now. */
  #checkOpen(): void {
    if (this.#closed === undefined) throw new Error(`${this.#path} is used after it was closed`);
  }
}

function diskError(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code });
}
