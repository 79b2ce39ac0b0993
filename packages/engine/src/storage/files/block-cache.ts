// Groups of blocks of files that were read lately, in small pieces: nodes of indexes, which every look at a device begins with, and
// small chunks.

export class BlockCache {
  readonly #bytesMax: number;
  readonly #groups = new Map<string, Uint8Array>();
  #bytes = 0;
  /** What was used last is mostly used next. */
  #newest: { readonly file: string; readonly group: number; readonly bytes: Uint8Array } | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(file: string, group: number): Uint8Array | undefined {
    const newest = this.#newest;
    if (newest !== undefined && newest.group === group && newest.file === file) return newest.bytes;
    const key = keyOf(file, group);
    const bytes = this.#groups.get(key);
    if (bytes === undefined) return undefined;
    // The last to be used is the last to go.
    this.#groups.delete(key);
    this.#groups.set(key, bytes);
    this.#newest = { file, group, bytes };
    return bytes;
  }

  set(file: string, group: number, bytes: Uint8Array): void {
    const key = keyOf(file, group);
    const before = this.#groups.get(key);
    if (before !== undefined) this.#bytes -= before.length;
    this.#groups.delete(key);
    this.#groups.set(key, bytes);
    this.#bytes += bytes.length;
    this.#newest = undefined;
    for (const [oldest, { length }] of this.#groups) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#groups.delete(oldest);
      this.#bytes -= length;
    }
  }
}

function keyOf(file: string, group: number): string {
  return `${file}/${group}`;
}
