// What makes fragments of data: fragment i is row i of this matrix times the data fragments.
//
// The upper part is the identity, so data fragments are the data themselves. The lower part is a Cauchy matrix,
// 1 / (x + y) with an x of its own for each row and a y of its own for each column, no x among the y's. Every square part
// of a Cauchy matrix has an inverse; hence so have any k rows of the whole, and any k fragments give back the data.
//
// (The matrix of Plank's tutorial of 1997 does not have this property; Plank and Ding corrected it in 2003 by deriving one
// from a Vandermonde matrix. The Cauchy matrix has it by construction: Blömer et al., "An XOR-Based Erasure-Resilient
// Coding Scheme", 1995.)

import type { CodeCounts } from './code-counts.ts';
import { inverse } from './galois-field.ts';
import type { Matrix } from './matrix.ts';

/** A row for each fragment, a column for each data fragment. */
export function generatorMatrix({ dataCount, parityCount }: CodeCounts): Matrix {
  const rows = dataCount + parityCount;
  const values = new Uint8Array(rows * dataCount);
  for (let column = 0; column < dataCount; column++) {
    values[column * dataCount + column] = 1;
    for (let row = dataCount; row < rows; row++) values[row * dataCount + column] = inverse(row ^ column);
  }
  return { rows, columns: dataCount, values };
}
