import type { DiskFile } from '../disk/disk.ts';
import { PieceChecker, pieceBytesMax } from './piece-checker.ts';

export interface Piece {
  readonly bytes: Buffer;
  /** Empty for the header and the end. */
  readonly content: Buffer;
}

/** Reads a snapshot's file piece by piece, and checks each. */
export class PieceReader {
  readonly checker: PieceChecker;
  readonly #file: DiskFile;

  constructor(file: DiskFile, path: string) {
    this.#file = file;
    this.checker = new PieceChecker(path);
  }

  /**
   * The next piece, in `memory`; `undefined` behind the end.
   * @throws ReplicaError SNAPSHOT_DAMAGED; RECORD_UNKNOWN: a newer version wrote it.
   */
  async next(memory: Buffer = Buffer.allocUnsafe(pieceBytesMax)): Promise<Piece | undefined> {
    const { checker } = this;
    const got = await this.#file.read(memory, checker.offset);
    if (checker.isComplete) {
      if (got > 0) throw checker.damaged('bytes follow its end');
      return undefined;
    }
    const needed = checker.neededBytes(memory.subarray(0, got));
    if (needed > got) throw checker.damaged('the file ends too early');
    const bytes = memory.subarray(0, needed);
    return { bytes, content: checker.take(bytes) };
  }

  /** What the file holds from here to its end. `inTurn` runs each operation on it. @throws as `next`. */
  async *content(inTurn: <T>(task: () => Promise<T>) => Promise<T>): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = await inTurn(() => this.next());
      if (piece === undefined) return;
      if (piece.content.length > 0) yield piece.content;
    }
  }
}
