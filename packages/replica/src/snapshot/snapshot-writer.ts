// A snapshot of this node's own: what it is given goes into chunks, and chunk after chunk into a file under another name.

import type { Disk } from '../disk/disk.ts';
import type { SnapshotWriter, StoredSnapshot } from '../ports.ts';
import { snapshotClosed, snapshotFailed } from './failures.ts';
import { GrowingFile } from './growing-file.ts';
import {
  chunkHeaderBytes,
  contentBytesMax,
  encodeEnd,
  encodeHeader,
  type SnapshotHeader,
  sealChunk,
} from './layout.ts';
import { OneAtATime } from './one-at-a-time.ts';

export interface FileSnapshotWriterOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly header: SnapshotHeader;
  /** Gives the finished file the place of the latest snapshot, and returns which one that is then. */
  readonly install: (path: string, snapshot: StoredSnapshot) => Promise<StoredSnapshot>;
  readonly onEnded: () => void;
}

export class FileSnapshotWriter implements SnapshotWriter {
  readonly #options: FileSnapshotWriterOptions;
  readonly #file: GrowingFile;
  readonly #turns = new OneAtATime();
  /** The chunk that is being filled; its header is left free. */
  readonly #chunk = Buffer.allocUnsafe(chunkHeaderBytes + contentBytesMax);
  #filled = chunkHeaderBytes;
  #checksum = 0;
  #fileBytes = 0;
  #contentBytes = 0;
  #chunks = 0;
  #hasEnded = false;

  static async open(options: FileSnapshotWriterOptions): Promise<FileSnapshotWriter> {
    const header = encodeHeader(options.header);
    let writer: FileSnapshotWriter | undefined;
    try {
      writer = new FileSnapshotWriter(options, await GrowingFile.open(options.disk, options.path));
      await writer.#append(header);
      writer.#checksum = header.readUInt32LE(4);
      return writer;
    } catch (error) {
      await writer?.abort();
      throw snapshotFailed(options.path, error);
    }
  }

  private constructor(options: FileSnapshotWriterOptions, file: GrowingFile) {
    this.#options = options;
    this.#file = file;
  }

  write(content: Uint8Array): Promise<void> {
    return this.#orDiscard(async () => {
      for (let at = 0; at < content.length; ) {
        const taken = content.subarray(at, at + this.#chunk.length - this.#filled);
        this.#chunk.set(taken, this.#filled);
        this.#filled += taken.length;
        at += taken.length;
        if (this.#filled === this.#chunk.length) await this.#appendChunk();
      }
    });
  }

  finish(): Promise<StoredSnapshot> {
    const { header, path, install } = this.#options;
    return this.#orDiscard(async () => {
      if (this.#filled > chunkHeaderBytes) await this.#appendChunk();
      await this.#append(encodeEnd({ contentBytes: this.#contentBytes, chunks: this.#chunks }, this.#checksum));
      await this.#file.finish();
      const { id, index, term, configuration } = header;
      const latest = await install(path, { id, index, term, configuration, bytes: this.#fileBytes });
      this.#end();
      return latest;
    });
  }

  abort(): Promise<void> {
    return this.#turns.run(() => this.#discard());
  }

  async #appendChunk(): Promise<void> {
    const chunk = this.#chunk.subarray(0, this.#filled);
    this.#checksum = sealChunk(chunk, this.#checksum);
    await this.#append(chunk);
    this.#contentBytes += chunk.length - chunkHeaderBytes;
    this.#chunks++;
    this.#filled = chunkHeaderBytes;
  }

  async #append(bytes: Buffer): Promise<void> {
    await this.#file.append(bytes);
    this.#fileBytes += bytes.length;
  }

  /** What fails once is nothing that could become a snapshot. */
  #orDiscard<T>(task: () => Promise<T>): Promise<T> {
    const { path } = this.#options;
    return this.#turns.run(async () => {
      if (this.#hasEnded) throw snapshotClosed(path);
      try {
        return await task();
      } catch (error) {
        await this.#discard();
        throw snapshotFailed(path, error);
      }
    });
  }

  async #discard(): Promise<void> {
    if (this.#hasEnded) return;
    this.#end();
    await this.#file.close();
    // If that fails, the next start removes it.
    await this.#options.disk.remove(this.#options.path).catch(() => {});
  }

  #end(): void {
    this.#hasEnded = true;
    this.#options.onEnded();
  }
}
