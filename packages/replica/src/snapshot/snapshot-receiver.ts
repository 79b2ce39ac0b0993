// A copy of another node's snapshot, on its way. Only pieces that are whole and right reach the file, so that a copy that
// was cut off, by the network, a crash or a full disk, goes on behind the last of them.

import type { GroupId } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { ReplicaError } from '../errors.ts';
import type { SnapshotReceiver, StoredSnapshot } from '../ports.ts';
import { snapshotClosed, snapshotFailed } from './failures.ts';
import { GrowingFile } from './growing-file.ts';
import { encodeHeader } from './layout.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type PieceChecker, pieceBytesMax } from './piece-checker.ts';
import { PieceReader } from './piece-reader.ts';

export interface FileSnapshotReceiverOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly group: GroupId;
  /** As it was announced. */
  readonly snapshot: StoredSnapshot;
  /** Gives the finished file the place of the latest snapshot, and returns which one that is then. */
  readonly install: (path: string, snapshot: StoredSnapshot) => Promise<StoredSnapshot>;
  readonly onClosed: () => void;
}

export class FileSnapshotReceiver implements SnapshotReceiver {
  readonly #options: FileSnapshotReceiverOptions;
  readonly #file: GrowingFile;
  readonly #header: Buffer;
  readonly #turns = new OneAtATime();
  readonly #checker: PieceChecker;
  /** The beginning of a piece whose rest has not come. */
  readonly #pending = Buffer.allocUnsafe(pieceBytesMax);
  #pendingBytes = 0;
  #isClosed = false;

  static async open(options: FileSnapshotReceiverOptions): Promise<FileSnapshotReceiver> {
    const { disk, path, snapshot } = options;
    const header = announcedHeader(options);
    let file: GrowingFile | undefined;
    try {
      file = await GrowingFile.open(disk, path);
      if (!(await mayGoOn(file, header, snapshot.bytes))) {
        await file.close();
        await disk.remove(path);
        file = await GrowingFile.open(disk, path);
      }
      return new FileSnapshotReceiver(options, file, header, await resume(file));
    } catch (error) {
      await file?.close();
      throw snapshotFailed(path, error);
    }
  }

  private constructor(options: FileSnapshotReceiverOptions, file: GrowingFile, header: Buffer, checker: PieceChecker) {
    this.#options = options;
    this.#file = file;
    this.#header = header;
    this.#checker = checker;
  }

  get offset(): number {
    return this.#checker.offset + this.#pendingBytes;
  }

  get bytes(): number {
    return this.#options.snapshot.bytes;
  }

  content(): AsyncGenerator<Uint8Array> {
    const { file, path } = this.#file;
    return new PieceReader(file, path).content((task) => this.#whileOpen(task));
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#whileOpen(async () => {
      for (let at = 0; at < bytes.length; ) {
        at += this.#fill(bytes.subarray(at));
        await this.#takeWholePiece();
      }
    });
  }

  finish(): Promise<StoredSnapshot> {
    const { path, snapshot, install } = this.#options;
    return this.#whileOpen(async () => {
      const checker = this.#checker;
      if (!checker.isComplete || checker.offset !== snapshot.bytes) {
        throw checker.damaged(`${this.offset} of ${snapshot.bytes} bytes are here`);
      }
      await this.#file.finish();
      const latest = await install(path, snapshot);
      await this.#close();
      return latest;
    });
  }

  close(): Promise<void> {
    return this.#turns.run(() => this.#close());
  }

  /** Takes as much of `bytes` as is needed to know more. Returns how much that was. */
  #fill(bytes: Uint8Array): number {
    const { snapshot } = this.#options;
    const checker = this.#checker;
    if (checker.isComplete) throw checker.damaged('bytes follow its end');
    const needed = checker.neededBytes(this.#pending.subarray(0, this.#pendingBytes));
    if (checker.offset + needed > snapshot.bytes) throw checker.damaged('it is longer than was announced');
    const taken = bytes.subarray(0, needed - this.#pendingBytes);
    this.#pending.set(taken, this.#pendingBytes);
    this.#pendingBytes += taken.length;
    return taken.length;
  }

  async #takeWholePiece(): Promise<void> {
    const piece = this.#pending.subarray(0, this.#pendingBytes);
    if (this.#checker.neededBytes(piece) > piece.length) return;
    if (this.#checker.header === undefined && !piece.equals(this.#header)) {
      throw this.#checker.damaged('it is not the snapshot that was announced');
    }
    this.#checker.take(piece);
    await this.#file.append(piece);
    this.#pendingBytes = 0;
  }

  /** Whatever fails, the beginning of the piece at hand must come again; and if it was the disk, the file must be opened again. */
  #whileOpen<T>(task: () => Promise<T>): Promise<T> {
    const { path } = this.#options;
    return this.#turns.run(async () => {
      if (this.#isClosed) throw snapshotClosed(path);
      try {
        return await task();
      } catch (error) {
        this.#pendingBytes = 0;
        if (!(error instanceof ReplicaError)) await this.#close();
        throw snapshotFailed(path, error);
      }
    });
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.close();
    this.#options.onClosed();
  }
}

function announcedHeader({ path, group, snapshot }: FileSnapshotReceiverOptions): Buffer {
  try {
    return encodeHeader({ ...snapshot, group });
  } catch (error) {
    throw new ReplicaError('SNAPSHOT_DAMAGED', `${path}: what was announced is no snapshot`, { cause: error });
  }
}

/** Does the file hold the beginning of this snapshot, and no more than there may be? A longer one would keep its end. */
async function mayGoOn({ file }: GrowingFile, header: Buffer, bytesMax: number): Promise<boolean> {
  if ((await file.sizeBytes()) > bytesMax) return false;
  const beginning = Buffer.alloc(header.length);
  const got = await file.read(beginning, 0);
  return got === 0 || beginning.equals(header);
}

/**
 * Goes over what is there as far as it is right, and writes it again: whoever wrote it may have died before it was durable,
 * and what the disk failed to write then, the kernel may take for written.
 */
async function resume(file: GrowingFile): Promise<PieceChecker> {
  const reader = new PieceReader(file.file, file.path);
  const memory = Buffer.allocUnsafe(pieceBytesMax);
  try {
    for (let piece = await reader.next(memory); piece !== undefined; piece = await reader.next(memory)) {
      await file.append(piece.bytes);
    }
  } catch (error) {
    if (!(error instanceof ReplicaError)) throw error;
  }
  return reader.checker;
}
