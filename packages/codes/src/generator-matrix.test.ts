import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fragmentsMax } from './code-counts.ts';
import { generatorMatrix } from './generator-matrix.ts';
import { identityMatrix, invertMatrix, type Matrix, multiplyMatrices, selectRows } from './matrix.ts';
import { referenceCoefficients, smallCodes, subsetsOf } from './test-reference.ts';

function expectInverse(generator: Matrix, rows: readonly number[]): void {
  const chosen = selectRows(generator, rows);
  const inverse = invertMatrix(chosen);
  expect(inverse && multiplyMatrices(chosen, inverse), `rows ${rows}`).toEqual(identityMatrix(chosen.rows));
}

describe('the generator matrix', () => {
  test.each(smallCodes)('of %i + %i fragments: any rows that are enough have an inverse', (dataCount, parityCount) => {
    const generator = generatorMatrix({ dataCount, parityCount });
    for (const rows of subsetsOf(dataCount + parityCount, dataCount)) expectInverse(generator, rows);
  });

  test('of any code: any rows that are enough have an inverse', () => {
    const anyRows = fc
      .integer({ min: 2, max: 24 })
      .chain((total) => fc.tuple(fc.constant(total), fc.integer({ min: 1, max: total - 1 })))
      .chain(([total, dataCount]) =>
        fc.tuple(
          fc.constant({ dataCount, parityCount: total - dataCount }),
          fc.shuffledSubarray(
            Array.from({ length: total }, (_, row) => row),
            { minLength: dataCount, maxLength: dataCount },
          ),
        ),
      );
    fc.assert(fc.property(anyRows, ([counts, rows]) => expectInverse(generatorMatrix(counts), rows)));
  });

  test.each([
    [1, 254],
    [254, 1],
    [128, 127],
  ])('of the largest codes, %i + %i: so have the last, and every other', (dataCount, parityCount) => {
    const generator = generatorMatrix({ dataCount, parityCount });
    const last = Array.from({ length: dataCount }, (_, i) => fragmentsMax - 1 - i);
    const everyOther = Array.from({ length: dataCount }, (_, i) => (2 * i) % fragmentsMax);
    expectInverse(generator, last);
    expectInverse(generator, everyOther);
  });

  test.each(smallCodes)('of %i + %i fragments is the identity, and a Cauchy matrix', (dataCount, parityCount) => {
    const { rows, columns, values } = generatorMatrix({ dataCount, parityCount });
    expect([rows, columns]).toEqual([dataCount + parityCount, dataCount]);
    const square = dataCount * dataCount;
    expect(values.subarray(0, square)).toEqual(identityMatrix(dataCount).values);
    expect(values.subarray(square)).toEqual(referenceCoefficients(dataCount, parityCount));
  });
});
