// Parts of an index that were read last. Series of a device lie side by side and are asked for one after the other: each look
// goes through the same nodes, and the last of them has many series.

/** Few: some readers side by side, each at one place. */
const partsMax = 16;
/** Larger parts are not kept. */
const partBytesMax = 64 * 1024;

export class RecentParts<Part> {
  readonly #parts = new Map<number, Promise<Part>>();

  /** The part of `bytes` bytes that begins at `from`: as it was read before, or as `read` finds it. Nobody may change it. */
  get(from: number, bytes: number, read: () => Promise<Part>): Promise<Part> {
    if (bytes > partBytesMax) return read();
    const known = this.#parts.get(from);
    const part = known ?? read();
    // The last to be used is the last to go.
    this.#parts.delete(from);
    this.#parts.set(from, part);
    if (known !== undefined) return known;
    // What could not be read may be had the next time.
    part.catch(() => this.#parts.delete(from));
    for (const oldest of this.#parts.keys()) {
      if (this.#parts.size <= partsMax) break;
      this.#parts.delete(oldest);
    }
    return part;
  }
}
