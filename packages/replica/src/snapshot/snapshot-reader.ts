import type { DiskFile } from '../disk/disk.ts';
import type { SnapshotReader, StoredSnapshot } from '../ports.ts';
import { snapshotClosed, snapshotFailed } from './failures.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { pieceBytesMax } from './piece-checker.ts';
import { PieceReader } from './piece-reader.ts';

export interface FileSnapshotReaderOptions {
  readonly path: string;
  readonly file: DiskFile;
  readonly snapshot: StoredSnapshot;
  readonly onClosed: () => Promise<void>;
}

export class FileSnapshotReader implements SnapshotReader {
  readonly #options: FileSnapshotReaderOptions;
  readonly #turns = new OneAtATime();
  /** What was read for another node is checked up to here. */
  readonly #checked: PieceReader;
  #checkMemory: Buffer | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: FileSnapshotReaderOptions) {
    this.#options = options;
    this.#checked = new PieceReader(options.file, options.path);
  }

  get snapshot(): StoredSnapshot {
    return this.#options.snapshot;
  }

  get bytes(): number {
    return this.#options.snapshot.bytes;
  }

  content(): AsyncGenerator<Uint8Array> {
    const { file, path } = this.#options;
    return new PieceReader(file, path).content((task) => this.#whileOpen(task));
  }

  read(offset: number, bytesMax: number): Promise<Uint8Array> {
    const { file, snapshot } = this.#options;
    return this.#whileOpen(async () => {
      const bytes = Math.min(bytesMax, pieceBytesMax, snapshot.bytes - offset);
      const memory = Buffer.allocUnsafe(Math.max(0, bytes));
      const got = await file.read(memory, offset);
      await this.#check(offset + got);
      return memory.subarray(0, got);
    });
  }

  /** The other node would find damage too, but could only ask for the same bytes again. */
  async #check(end: number): Promise<void> {
    const { checker } = this.#checked;
    this.#checkMemory ??= Buffer.allocUnsafe(pieceBytesMax);
    while (checker.offset < end && !checker.isComplete) await this.#checked.next(this.#checkMemory);
  }

  close(): Promise<void> {
    const { file, onClosed } = this.#options;
    this.#closing ??= this.#turns.run(async () => {
      await file.close();
      await onClosed();
    });
    return this.#closing;
  }

  #whileOpen<T>(task: () => Promise<T>): Promise<T> {
    const { path } = this.#options;
    return this.#turns.run(async () => {
      if (this.#closing !== undefined) throw snapshotClosed(path);
      try {
        return await task();
      } catch (error) {
        throw snapshotFailed(path, error);
      }
    });
  }
}
