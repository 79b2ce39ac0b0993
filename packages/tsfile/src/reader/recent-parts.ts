// Parts of an index that were read last. Series of a device lie side by side and are asked for one after the other: each look
// goes through the same nodes, and the last of them has many series.

/** Few: some readers side by side, each at one place. */
const partsMax = 16;
/** Larger parts are not kept. */
const partBytesMax = 64 * 1024;

interface Kept<Part> {
  readonly promise: Promise<Part>;
  /** `undefined`: it is being read. */
  part: Part | undefined;
}

export class RecentParts<Part extends NonNullable<unknown>> {
  readonly #parts = new Map<number, Kept<Part>>();

  /** The part that begins at `from`; `undefined`: it has to be read. Nobody may change it. */
  atHand(from: number): Part | undefined {
    const part = this.#parts.get(from)?.part;
    if (part !== undefined) this.#use(from, this.#parts.get(from)!);
    return part;
  }

  /** The part of `bytes` bytes that begins at `from`: as it was read before, or as `read` finds it. Nobody may change it. */
  get(from: number, bytes: number, read: () => Promise<Part>): Promise<Part> {
    if (bytes > partBytesMax) return read();
    const known = this.#parts.get(from);
    if (known !== undefined) {
      this.#use(from, known);
      return known.promise;
    }
    const kept: Kept<Part> = { promise: read(), part: undefined };
    kept.promise.then(
      (part) => {
        kept.part = part;
      },
      // What could not be read may be had the next time.
      () => this.#parts.delete(from),
    );
    this.#use(from, kept);
    for (const oldest of this.#parts.keys()) {
      if (this.#parts.size <= partsMax) break;
      this.#parts.delete(oldest);
    }
    return kept.promise;
  }

  /** The last to be used is the last to go. */
  #use(from: number, kept: Kept<Part>): void {
    this.#parts.delete(from);
    this.#parts.set(from, kept);
  }
}
