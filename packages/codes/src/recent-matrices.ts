// Matrices by what they were made for. A few patterns of missing fragments come again and again, while the same members
// are slow or down; making a matrix costs more than rebuilding a small fragment with it.

import type { Matrix } from './matrix.ts';

export class RecentMatrices {
  readonly #bytesMax: number;
  /** In the order of their last use. */
  readonly #matrices = new Map<string, Matrix>();
  #bytes = 0;

  /** `bytesMax`: of all values together; the latest matrix is kept even if it is larger. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#matrices.size;
  }

  /** The matrix under `key`, or else what `make` returns. */
  get(key: string, make: () => Matrix): Matrix {
    const matrix = this.#matrices.get(key) ?? make();
    if (this.#matrices.delete(key)) this.#bytes -= matrix.values.length;
    this.#matrices.set(key, matrix);
    this.#bytes += matrix.values.length;
    this.#evict();
    return matrix;
  }

  #evict(): void {
    for (const [key, { values }] of this.#matrices) {
      if (this.#bytes <= this.#bytesMax || this.#matrices.size === 1) return;
      this.#matrices.delete(key);
      this.#bytes -= values.length;
    }
  }
}
