// Matrices over GF(2^8), small ones: what a code multiplies fragments with.

import { inverse, multiply } from './galois-field.ts';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly values: Uint8Array;
}

export function identityMatrix(size: number): Matrix {
  const values = new Uint8Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1;
  return { rows: size, columns: size, values };
}

/** Some rows of a matrix, in the order in which they are named. */
export function selectRows({ columns, values }: Matrix, rows: readonly number[]): Matrix {
  const selected = new Uint8Array(rows.length * columns);
  for (const [i, row] of rows.entries()) selected.set(rowOf(values, columns, row), i * columns);
  return { rows: rows.length, columns, values: selected };
}

/** The product of a matrix and one with as many rows as the first has columns. */
export function multiplyMatrices(left: Matrix, right: Matrix): Matrix {
  const values = new Uint8Array(left.rows * right.columns);
  for (let row = 0; row < left.rows; row++) {
    const target = rowOf(values, right.columns, row);
    for (let i = 0; i < left.columns; i++) {
      addMultiple(target, rowOf(right.values, right.columns, i), left.values[row * left.columns + i]!);
    }
  }
  return { rows: left.rows, columns: right.columns, values };
}

/** The inverse of a square matrix, by Gauss-Jordan elimination; `undefined` if it has none. */
export function invertMatrix({ rows: size, values }: Matrix): Matrix | undefined {
  const left = Uint8Array.from(values);
  const right = identityMatrix(size);
  for (let column = 0; column < size; column++) {
    const pivot = findPivot(left, size, column);
    if (pivot === undefined) return undefined;
    const factor = inverse(left[pivot * size + column]!);
    for (const side of [left, right.values]) {
      swapRows(side, size, pivot, column);
      scale(rowOf(side, size, column), factor);
    }
    for (let row = 0; row < size; row++) {
      const multiple = left[row * size + column]!;
      if (row === column) continue;
      for (const side of [left, right.values]) addMultiple(rowOf(side, size, row), rowOf(side, size, column), multiple);
    }
  }
  return right;
}

function rowOf(values: Uint8Array, columns: number, row: number): Uint8Array {
  return values.subarray(row * columns, (row + 1) * columns);
}

/** The first row from the diagonal on that is not zero in this column. */
function findPivot(values: Uint8Array, size: number, column: number): number | undefined {
  for (let row = column; row < size; row++) {
    if (values[row * size + column] !== 0) return row;
  }
  return undefined;
}

function swapRows(values: Uint8Array, size: number, a: number, b: number): void {
  const kept = Uint8Array.from(rowOf(values, size, a));
  values.copyWithin(a * size, b * size, (b + 1) * size);
  values.set(kept, b * size);
}

function scale(row: Uint8Array, factor: number): void {
  for (let i = 0; i < row.length; i++) row[i] = multiply(row[i]!, factor);
}

/** In GF(2^8) to add is to subtract. */
function addMultiple(target: Uint8Array, source: Uint8Array, factor: number): void {
  // Often so: most rows are those of data fragments that are there.
  if (factor === 0) return;
  for (let i = 0; i < target.length; i++) target[i]! ^= multiply(source[i]!, factor);
}
