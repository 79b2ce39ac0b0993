// Bounds bytes that several hold together: what has been taken from clients and not been answered, node-wide and for each connection, or
// what queries hold. There is no queue behind it: who is over the bound is told to come back later.

export class ByteBudget {
  readonly #bytesMax: number;
  readonly #parent: ByteBudget | undefined;
  #bytes = 0;

  /** Taking from a budget with a parent takes from both. */
  constructor(bytesMax: number, parent?: ByteBudget) {
    this.#bytesMax = bytesMax;
    this.#parent = parent;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False: over the bound, nothing was taken. */
  tryTake(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax || this.#parent?.tryTake(bytes) === false) {
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
    this.#parent?.giveBack(bytes);
  }
}
