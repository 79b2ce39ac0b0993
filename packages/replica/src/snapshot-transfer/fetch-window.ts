// Which pieces of a snapshot have been asked for and which have come. Pieces are taken in order; there are never more than
// a few, so what comes ahead of a missing one is kept within a bound, and nothing is asked for that could not be kept.

interface Piece {
  readonly offset: number;
  readonly length: number;
  bytes: Uint8Array | undefined;
  askedAtMs: number | undefined;
}

export interface FetchWindowLimits {
  readonly chunkBytes: number;
  readonly requestsMax: number;
}

export class FetchWindow {
  #bytes: number;
  readonly #requestsMax: number;
  /** Less than was meant if the sender gives less. */
  #chunkBytes: number;
  readonly #pieces: Piece[] = [];
  /** Behind the last piece. */
  #end: number;

  /** Of a whole of `bytes`, everything before `offset` is here. */
  constructor(bytes: number, offset: number, { chunkBytes, requestsMax }: FetchWindowLimits) {
    this.#bytes = bytes;
    this.#requestsMax = requestsMax;
    this.#chunkBytes = chunkBytes;
    this.#end = offset;
    this.#fill();
  }

  /** Everything before it has been taken. */
  get offset(): number {
    return this.#pieces[0]?.offset ?? this.#end;
  }

  get isComplete(): boolean {
    return this.#pieces.length === 0;
  }

  /** Of the whole. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Goes on at `offset` of a whole of `bytes`; what has come is forgotten. */
  restart(offset: number, bytes: number): void {
    this.#pieces.length = 0;
    this.#end = offset;
    this.#bytes = bytes;
    this.#fill();
  }

  /**
   * Asks for what was not asked for yet, and again for what was asked for `waitMs` ago. `ask` says whether it could be
   * sent; if not, it is tried the next time. Returns whether something was asked for again.
   */
  ask(nowMs: number, waitMs: number, ask: (offset: number, bytesMax: number) => boolean): boolean {
    let hasRepeated = false;
    for (const piece of this.#pieces) {
      const { askedAtMs } = piece;
      if (piece.bytes !== undefined || (askedAtMs !== undefined && nowMs - askedAtMs < waitMs)) continue;
      if (!ask(piece.offset, piece.length)) break;
      piece.askedAtMs = nowMs;
      hasRepeated ||= askedAtMs !== undefined;
    }
    return hasRepeated;
  }

  /** Bytes have come, at least one. Returns false if they are none that are needed: late, doubled, or too many. */
  arrived(offset: number, bytes: Uint8Array): boolean {
    const at = this.#pieces.findIndex((piece) => piece.offset === offset);
    const piece = this.#pieces[at];
    if (piece === undefined || piece.bytes !== undefined || bytes.length > piece.length) return false;
    if (bytes.length < piece.length) {
      // The sender gives no more at a time: all that follows is cut anew.
      this.#chunkBytes = bytes.length;
      this.#pieces.splice(at, this.#pieces.length - at, { ...piece, length: bytes.length, bytes });
      this.#end = offset + bytes.length;
      this.#fill();
      return true;
    }
    piece.bytes = bytes;
    return true;
  }

  /** The next bytes in order, once they are there. */
  take(): Uint8Array | undefined {
    const bytes = this.#pieces[0]?.bytes;
    if (bytes === undefined) return undefined;
    this.#pieces.shift();
    this.#fill();
    return bytes;
  }

  #fill(): void {
    while (this.#pieces.length < this.#requestsMax && this.#end < this.#bytes) {
      const length = Math.min(this.#chunkBytes, this.#bytes - this.#end);
      this.#pieces.push({ offset: this.#end, length, bytes: undefined, askedAtMs: undefined });
      this.#end += length;
    }
  }
}
