import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityMatrix, invertMatrix, type Matrix, multiplyMatrices, selectRows } from './matrix.ts';
import { referenceCombination } from './test-reference.ts';

function anyMatrix(rows: number, columns: number): fc.Arbitrary<Matrix> {
  const length = rows * columns;
  // Small elements too, so that some have no inverse.
  const element = fc.oneof(fc.nat({ max: 1 }), fc.nat({ max: 255 }));
  return fc.array(element, { minLength: length, maxLength: length }).map((values) => {
    return { rows, columns, values: Uint8Array.from(values) };
  });
}

const size = fc.integer({ min: 1, max: 6 });
const anySquare = size.chain((rows) => anyMatrix(rows, rows));

function rowsOf({ rows, columns, values }: Matrix): Uint8Array[] {
  return Array.from({ length: rows }, (_, row) => values.subarray(row * columns, (row + 1) * columns));
}

describe('matrices', () => {
  test('multiply as their definition says', () => {
    const factors = fc
      .tuple(size, size, size)
      .chain(([rows, inner, columns]) => fc.tuple(anyMatrix(rows, inner), anyMatrix(inner, columns)));
    fc.assert(
      fc.property(factors, ([left, right]) => {
        const product = multiplyMatrices(left, right);
        expect(rowsOf(product)).toEqual(referenceCombination(left.values, rowsOf(right), left.rows));
        expect([product.rows, product.columns]).toEqual([left.rows, right.columns]);
      }),
    );
  });

  test('have an inverse that is one from both sides, and stay as they were', () => {
    let inverted = 0;
    fc.assert(
      fc.property(anySquare, (matrix) => {
        const before = Uint8Array.from(matrix.values);
        const inverse = invertMatrix(matrix);
        expect(matrix.values).toEqual(before);
        if (inverse === undefined) return;
        inverted++;
        expect(multiplyMatrices(matrix, inverse)).toEqual(identityMatrix(matrix.rows));
        expect(multiplyMatrices(inverse, matrix)).toEqual(identityMatrix(matrix.rows));
      }),
    );
    expect(inverted).toBeGreaterThan(20);
  });

  test('have none if a row is a sum of multiples of others', () => {
    fc.assert(
      fc.property(anySquare, fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.nat(), (matrix, multiples, which) => {
        const { rows } = matrix;
        const dependent = which % rows;
        const coefficients = multiples.slice(0, rows);
        coefficients[dependent] = 0;
        const [sum] = referenceCombination(coefficients, rowsOf(matrix), 1);
        rowsOf(matrix)[dependent]!.set(sum!);
        expect(invertMatrix(matrix)).toBeUndefined();
      }),
    );
  });

  test('invert with zeros on the diagonal', () => {
    const matrix = { rows: 3, columns: 3, values: Uint8Array.of(0, 1, 0, 0, 0, 1, 1, 0, 0) };
    expect(invertMatrix(matrix)?.values).toEqual(Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0));
  });

  test('give rows in the order in which they are asked for', () => {
    const matrix = { rows: 3, columns: 2, values: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(selectRows(matrix, [2, 0])).toEqual({ rows: 2, columns: 2, values: Uint8Array.of(5, 6, 1, 2) });
  });
});
