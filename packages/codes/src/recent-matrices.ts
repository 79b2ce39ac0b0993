// Matrices by what they were made for. A few patterns of missing fragments come again and again, while the same members
// are slow or down; making a matrix costs more than rebuilding a small fragment with it.

import type { Matrix } from './matrix.ts';

/** What an entry takes beside its values and its key, roughly. */
const overheadBytes = 256;

export class RecentMatrices {
  readonly #bytesMax: number;
  /** In the order of their last use. */
  readonly #matrices = new Map<string, Matrix>();
  #bytes = 0;

  /** `bytesMax`: of all that is kept; the latest matrix is kept even if it is larger. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#matrices.size;
  }

  /** The matrix under `key`, or else what `make` returns. */
  get(key: string, make: () => Matrix): Matrix {
    const matrix = this.#matrices.get(key) ?? make();
    if (this.#matrices.delete(key)) this.#bytes -= bytesOf(key, matrix);
    this.#matrices.set(key, matrix);
    this.#bytes += bytesOf(key, matrix);
    this.#evict();
    return matrix;
  }

  #evict(): void {
    for (const [key, matrix] of this.#matrices) {
      if (this.#bytes <= this.#bytesMax || this.#matrices.size === 1) return;
      this.#matrices.delete(key);
      this.#bytes -= bytesOf(key, matrix);
    }
  }
}

function bytesOf(key: string, { values }: Matrix): number {
  return overheadBytes + key.length + values.length;
}
