// Blocks of files that were read lately, in small pieces: nodes of indexes, which every look at a device begins with, and small
// chunks.

export class BlockCache {
  readonly #bytesMax: number;
  readonly #blocks = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(file: string, block: number): Uint8Array | undefined {
    const key = keyOf(file, block);
    const bytes = this.#blocks.get(key);
    if (bytes === undefined) return undefined;
    // The last to be used is the last to go.
    this.#blocks.delete(key);
    this.#blocks.set(key, bytes);
    return bytes;
  }

  set(file: string, block: number, bytes: Uint8Array): void {
    const key = keyOf(file, block);
    const before = this.#blocks.get(key);
    if (before !== undefined) this.#bytes -= before.length;
    this.#blocks.delete(key);
    this.#blocks.set(key, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, { length }] of this.#blocks) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#blocks.delete(oldest);
      this.#bytes -= length;
    }
  }
}

function keyOf(file: string, block: number): string {
  return `${file}/${block}`;
}
