// The state machine of this benchmark: it keeps what was written last, so many bytes of it, in files. Nothing of it lies in
// memory, so three nodes with 5 GB each fit into one machine, and its snapshots stream from the disk as those of a store would.
//
// Written bytes have positions that only grow. The state is the window of the last ones, and a snapshot is a window that
// nothing can change any more: taking one costs nothing but keeping the files that it lies in.
//
// A snapshot: position of its first byte, position behind its last (8 bytes each), checksum of all that was ever written
// (4 bytes); then the bytes.

import { closeSync, fdatasync, mkdirSync, openSync, read, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { StateMachine } from '@balsa/replica';
import { crc32c } from '@balsa/wire';

const fileBytesDefault = 64 * 1024 * 1024;
/** Written bytes are gathered, and go to the file together. */
const gatheredBytesMax = 256 * 1024;
const chunkBytes = 256 * 1024;
/** As the files of snapshots. */
const unflushedBytesMax = 8 * 1024 * 1024;
const headerBytes = 20;
const noResult = new Uint8Array();
const readFile = promisify(read);
const flushFile = promisify(fdatasync);

export interface RecentValuesOptions {
  /** Emptied: a state machine begins with nothing. */
  readonly folder: string;
  readonly windowBytes: number;
  readonly fileBytes?: number;
}

interface Window {
  readonly start: number;
  readonly end: number;
}

export class RecentValues implements StateMachine {
  readonly #folder: string;
  readonly #windowBytes: number;
  readonly #fileBytes: number;
  /** By number, ascending: file n holds positions from n times its length on. */
  readonly #files = new Map<number, number>();
  readonly #held = new Set<Window>();
  readonly #gathered: Buffer;
  #gatheredBytes = 0;
  #unflushedBytes = 0;
  /** Of the window; what was gathered included. */
  #start = 0;
  #end = 0;
  #checksum = 0;

  constructor({ folder, windowBytes, fileBytes = fileBytesDefault }: RecentValuesOptions) {
    this.#folder = folder;
    this.#windowBytes = windowBytes;
    this.#fileBytes = fileBytes;
    this.#gathered = Buffer.allocUnsafe(Math.min(gatheredBytesMax, fileBytes));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }

  /** Bytes that the window holds. */
  get bytes(): number {
    return this.#end - this.#start;
  }

  apply(_index: number, command: Uint8Array): Uint8Array {
    this.#checksum = crc32c(command, this.#checksum);
    this.#append(command);
    this.#start = Math.max(this.#start, this.#end - this.#windowBytes);
    return noResult;
  }

  snapshot(): AsyncIterable<Uint8Array> {
    const window = this.#hold();
    const header = Buffer.alloc(headerBytes);
    header.writeBigUInt64LE(BigInt(window.start), 0);
    header.writeBigUInt64LE(BigInt(window.end), 8);
    header.writeUInt32LE(this.#checksum, 16);
    return this.#inOneRun(header, window);
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    let head: Buffer = Buffer.alloc(0);
    let end: number | undefined;
    for await (const chunk of chunks) {
      if (end === undefined) {
        head = Buffer.concat([head, chunk]);
        if (head.length < headerBytes) continue;
        this.#beginAt(Number(head.readBigUInt64LE(0)));
        end = Number(head.readBigUInt64LE(8));
        this.#append(head.subarray(headerBytes));
      } else {
        this.#append(chunk);
      }
      // Gigabytes of it in the page cache would be written all at once, and every log on this disk would wait for that.
      if (this.#unflushedBytes >= unflushedBytesMax) await this.#makeDurable();
      // Writing is synchronous: others must get their turn.
      await nextTurn();
    }
    if (this.#end !== end) throw new Error('the snapshot is not whole');
    this.#checksum = head.readUInt32LE(16);
  }

  /** Of all that was ever written, in its order. */
  checksum(): number {
    return this.#checksum;
  }

  /** Of the window's bytes, read back from the files. */
  async contentChecksum(): Promise<number> {
    let checksum = 0;
    for await (const chunk of this.#chunksOf(this.#hold())) checksum = crc32c(chunk, checksum);
    return checksum;
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  /** The window as it is now, whose files stay until it is let go of. */
  #hold(): Window {
    this.#flush();
    const window = { start: this.#start, end: this.#end };
    this.#held.add(window);
    return window;
  }

  async *#inOneRun(header: Uint8Array, window: Window): AsyncGenerator<Uint8Array> {
    yield header;
    yield* this.#chunksOf(window);
  }

  async *#chunksOf(window: Window): AsyncGenerator<Uint8Array> {
    try {
      for (let at = window.start; at < window.end; ) {
        const offset = at % this.#fileBytes;
        const length = Math.min(chunkBytes, window.end - at, this.#fileBytes - offset);
        const bytes = await this.#read(Math.floor(at / this.#fileBytes), offset, length);
        yield bytes;
        at += bytes.length;
      }
    } finally {
      this.#held.delete(window);
      this.#removeOldFiles();
    }
  }

  async #read(file: number, offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await readFile(this.#files.get(file)!, bytes, 0, length, offset);
    if (bytesRead === 0) throw new Error(`file ${file} ends before ${offset}`);
    return bytes.subarray(0, bytesRead);
  }

  /** The file that is being written, as far as it is. */
  async #makeDurable(): Promise<void> {
    this.#unflushedBytes = 0;
    const file = [...this.#files.values()].at(-1);
    if (file !== undefined) await flushFile(file);
  }

  #append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.subarray(at, at + this.#gathered.length - this.#gatheredBytes);
      this.#gathered.set(taken, this.#gatheredBytes);
      this.#gatheredBytes += taken.length;
      this.#end += taken.length;
      at += taken.length;
      if (this.#gatheredBytes === this.#gathered.length) this.#flush();
    }
  }

  #flush(): void {
    let position = this.#end - this.#gatheredBytes;
    for (let at = 0; at < this.#gatheredBytes; ) {
      const offset = position % this.#fileBytes;
      const length = Math.min(this.#gatheredBytes - at, this.#fileBytes - offset);
      const written = writeSync(this.#fileAt(position), this.#gathered, at, length, offset);
      at += written;
      position += written;
      this.#unflushedBytes += written;
    }
    this.#gatheredBytes = 0;
    this.#removeOldFiles();
  }

  #fileAt(position: number): number {
    const number = Math.floor(position / this.#fileBytes);
    let file = this.#files.get(number);
    if (file === undefined) {
      file = openSync(this.#pathOf(number), 'w+');
      this.#files.set(number, file);
    }
    return file;
  }

  #removeOldFiles(): void {
    const needed = Math.min(this.#start, ...Array.from(this.#held, ({ start }) => start));
    for (const [number, file] of this.#files) {
      if ((number + 1) * this.#fileBytes > needed) break;
      this.#remove(number, file);
    }
  }

  #remove(number: number, file: number): void {
    closeSync(file);
    rmSync(this.#pathOf(number));
    this.#files.delete(number);
  }

  /** Nothing is here, and what comes next has this position. */
  #beginAt(position: number): void {
    for (const [number, file] of this.#files) this.#remove(number, file);
    this.#gatheredBytes = 0;
    this.#start = position;
    this.#end = position;
  }

  #pathOf(number: number): string {
    return join(this.#folder, `values-${number}`);
  }
}
