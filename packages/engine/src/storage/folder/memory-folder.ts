// A folder in memory that behaves, between crashes, like the real one, and at a crash as badly as a real one may: bytes
// that were not flushed are lost or torn, names that were not synced come or go each by itself. All of it is drawn from one
// seed. For tests, and for simulations.

import type { ByteSink, ByteSource } from '@balsa/tsfile';
import type { StorageFolder } from './storage-folder.ts';

export type FolderOperation =
  | 'list'
  | 'create'
  | 'write'
  | 'finish'
  | 'abort'
  | 'open'
  | 'read'
  | 'rename'
  | 'remove'
  | 'sync';

export interface MemoryFolderOptions {
  readonly seed?: number;
  /** Writes that would grow the files beyond this fail with ENOSPC. */
  readonly capacityBytes?: number;
}

interface Inode {
  bytes: Buffer;
  /** How much of the front is on the platter. */
  durableBytes: number;
}

type Names = Map<string, Inode>;

interface Media {
  readonly names: Names;
  readonly durableNames: Names;
  /** Changes of names that no sync has made durable yet, in their order. */
  changes: ((names: Names) => void)[];
  readonly random: () => number;
  capacityBytes: number;
}

export class MemoryFolder implements StorageFolder {
  readonly #media: Media;
  #crashed = false;
  #operations = 0;
  #crashAt = Number.POSITIVE_INFINITY;
  #faults: { operation: FolderOperation; code: string; skip: number }[] = [];
  #openFiles = 0;

  constructor(options: MemoryFolderOptions = {}, media?: Media) {
    this.#media = media ?? {
      names: new Map(),
      durableNames: new Map(),
      changes: [],
      random: seeded(options.seed ?? 1),
      capacityBytes: options.capacityBytes ?? Number.POSITIVE_INFINITY,
    };
  }

  /** How many operations that change something have begun. */
  get operations(): number {
    return this.#operations;
  }

  /** Files that were opened and not closed. */
  get openFiles(): number {
    return this.#openFiles;
  }

  set capacityBytes(bytes: number) {
    this.#media.capacityBytes = bytes;
  }

  /** The power fails in the middle of the operation after this many more. */
  crashAfter(operations: number): void {
    this.#crashAt = this.#operations + operations;
  }

  get hasCrashed(): boolean {
    return this.#crashed;
  }

  /** Lets a coming operation of this kind fail; `skip` of them succeed first. */
  failNext(operation: FolderOperation, code: string, skip = 0): void {
    this.#faults.push({ operation, code, skip });
  }

  failNothing(): void {
    this.#faults = [];
  }

  /**
   * The process dies, if it has not yet, and with it the power unless it is said otherwise: then the kernel keeps what it has
   * been given, but nothing more becomes durable by that. Returns the folder as the next process finds it.
   */
  crash(kind: 'power' | 'process' = 'power'): MemoryFolder {
    this.#crashed = true;
    if (kind === 'process') return new MemoryFolder({}, this.#media);
    const { names, durableNames, random } = this.#media;
    for (const change of this.#media.changes) if (random() < 0.5) change(durableNames);
    this.#media.changes = [];
    names.clear();
    for (const [name, inode] of durableNames) {
      names.set(name, inode);
      if (inode.bytes.length > inode.durableBytes) inode.bytes = torn(inode, random);
      inode.durableBytes = inode.bytes.length;
    }
    return new MemoryFolder({}, this.#media);
  }

  /** Damages a file behind everybody's back. */
  flipBit(name: string, bit: number): void {
    const inode = this.#inode(name);
    const bytes = Buffer.from(inode.bytes);
    bytes[bit >>> 3]! ^= 1 << (bit & 7);
    inode.bytes = bytes;
  }

  truncate(name: string, sizeBytes: number): void {
    const inode = this.#inode(name);
    inode.bytes = inode.bytes.subarray(0, sizeBytes);
    inode.durableBytes = Math.min(inode.durableBytes, sizeBytes);
  }

  /** A file's bytes as the running system sees them. */
  contentOf(name: string): Buffer {
    return this.#inode(name).bytes;
  }

  /** Names of all files, sorted, without an operation. */
  get names(): string[] {
    return [...this.#media.names.keys()].sort();
  }

  list(): Promise<string[]> {
    return this.#operate('list', () => this.names);
  }

  createSink(name: string): Promise<ByteSink> {
    return this.#operate('create', () => {
      if (this.#media.names.has(name)) throw systemError('EEXIST', name);
      const inode: Inode = { bytes: Buffer.alloc(0), durableBytes: 0 };
      this.#change((names) => names.set(name, inode));
      this.#openFiles++;
      return new MemorySink(this, name, inode);
    });
  }

  openSource(name: string): Promise<ByteSource> {
    return this.#operate('open', () => {
      const inode = this.#inode(name);
      this.#openFiles++;
      return new MemorySource(this, inode);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operate('rename', () => {
      const inode = this.#inode(from);
      this.#change((names) => {
        names.delete(from);
        names.set(to, inode);
      });
    });
  }

  remove(name: string): Promise<void> {
    return this.#operate('remove', () => {
      this.#inode(name);
      this.#change((names) => names.delete(name));
    });
  }

  sync(): Promise<void> {
    return this.#operate('sync', () => {
      for (const change of this.#media.changes.splice(0)) change(this.#media.durableNames);
    });
  }

  /** @internal */
  append(inode: Inode, bytes: Uint8Array): Promise<void> {
    const fits = Math.max(0, Math.min(bytes.length, this.#media.capacityBytes - this.#usedBytes()));
    return this.#operate(
      'write',
      () => {
        inode.bytes = Buffer.concat([inode.bytes, bytes.subarray(0, fits)]);
        if (fits < bytes.length) throw systemError('ENOSPC', 'write');
      },
      // Torn: what has arrived when the power fails is any part of the front.
      () => {
        inode.bytes = Buffer.concat([inode.bytes, bytes.subarray(0, Math.floor(this.#media.random() * bytes.length))]);
      },
    );
  }

  /** @internal */
  finish(inode: Inode): Promise<void> {
    return this.#operate('finish', () => {
      inode.durableBytes = inode.bytes.length;
      this.#openFiles--;
    });
  }

  /** @internal */
  abort(name: string, inode: Inode): Promise<void> {
    this.#openFiles--;
    return this.#operate('abort', () => {
      if (this.#media.names.get(name) === inode) this.#change((names) => names.delete(name));
    });
  }

  /** @internal */
  read(inode: Inode, offset: number, count: number): Promise<Uint8Array> {
    return this.#operate('read', () => {
      if (offset < 0 || offset + count > inode.bytes.length) throw systemError('EIO', 'read beyond the end');
      return Uint8Array.from(inode.bytes.subarray(offset, offset + count));
    });
  }

  /** @internal */
  closed(): void {
    this.#openFiles--;
  }

  async #operate<T>(operation: FolderOperation, work: () => T, tear?: () => void): Promise<T> {
    // As on a real disk, nothing is done when a call returns.
    await undefined;
    if (this.#crashed) throw systemError('EIO', 'the power has failed');
    if (operation !== 'read' && operation !== 'list' && operation !== 'open' && this.#operations++ >= this.#crashAt) {
      tear?.();
      this.#crashed = true;
      throw systemError('EIO', 'the power has failed');
    }
    const fault = this.#faults.find((it) => it.operation === operation);
    if (fault !== undefined && fault.skip-- === 0) {
      this.#faults = this.#faults.filter((it) => it !== fault);
      throw systemError(fault.code, operation);
    }
    return work();
  }

  #change(change: (names: Names) => void): void {
    change(this.#media.names);
    this.#media.changes.push(change);
  }

  #inode(name: string): Inode {
    const inode = this.#media.names.get(name);
    if (inode === undefined) throw systemError('ENOENT', name);
    return inode;
  }

  #usedBytes(): number {
    let sum = 0;
    for (const { bytes } of this.#media.names.values()) sum += bytes.length;
    return sum;
  }
}

class MemorySink implements ByteSink {
  readonly #folder: MemoryFolder;
  readonly #name: string;
  readonly #inode: Inode;
  #isOpen = true;

  constructor(folder: MemoryFolder, name: string, inode: Inode) {
    this.#folder = folder;
    this.#name = name;
    this.#inode = inode;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#folder.append(this.#inode, Uint8Array.from(bytes));
  }

  async finish(): Promise<void> {
    if (!this.#isOpen) return;
    // If it fails, the file has to be aborted.
    await this.#folder.finish(this.#inode);
    this.#isOpen = false;
  }

  async abort(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#folder.abort(this.#name, this.#inode);
  }
}

class MemorySource implements ByteSource {
  readonly sizeBytes: number;
  readonly #folder: MemoryFolder;
  readonly #inode: Inode;
  #isOpen = true;

  constructor(folder: MemoryFolder, inode: Inode) {
    this.#folder = folder;
    this.#inode = inode;
    this.sizeBytes = inode.bytes.length;
  }

  read(offset: number, count: number): Promise<Uint8Array> {
    return this.#folder.read(this.#inode, offset, count);
  }

  async close(): Promise<void> {
    if (this.#isOpen) this.#folder.closed();
    this.#isOpen = false;
  }
}

/** Of what was not flushed, the front may be there, the rest as zeros or not at all. */
function torn({ bytes, durableBytes }: Inode, random: () => number): Buffer {
  const kept = durableBytes + Math.floor(random() * (bytes.length - durableBytes + 1));
  if (random() < 0.5) return bytes.subarray(0, kept);
  return Buffer.concat([bytes.subarray(0, kept), Buffer.alloc(bytes.length - kept)]);
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/** Mulberry32, by Tommy Ettinger: small, and good enough to draw faults from. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
