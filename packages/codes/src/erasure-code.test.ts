import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fragmentsMax } from './code-counts.ts';
import { ErasureCode, type NumberedBytes } from './erasure-code.ts';
import type { CodesErrorCode } from './errors.ts';
import { createJavaScriptKernel } from './javascript-kernel.ts';
import type { Kernel } from './kernel.ts';
import { createSimdKernel } from './simd-kernel.ts';
import { noise, referenceCoefficients, referenceCombination, smallCodes, subsetsOf } from './test-reference.ts';

const kernels: readonly Kernel[] = [createJavaScriptKernel(), createSimdKernel()!];

/** All fragments of noise. */
function fragmentsOf(code: ErasureCode, length: number, seed = 1): NumberedBytes[] {
  const data = Array.from({ length: code.dataCount }, (_, i) => noise(length, seed + i));
  const parity = Array.from({ length: code.parityCount }, () => new Uint8Array(length));
  code.encode(data, parity);
  return [...data, ...parity].map((bytes, number) => ({ number, bytes }));
}

function without(fragments: readonly NumberedBytes[], lost: readonly number[]): NumberedBytes[] {
  return fragments.filter(({ number }) => !lost.includes(number));
}

/** Rebuilds what is lost, in the order in which it is named, from what is given. */
function rebuild(code: ErasureCode, present: readonly NumberedBytes[], lost: readonly number[]): NumberedBytes[] {
  const missing = lost.map((number) => ({ number, bytes: noise(present[0]!.bytes.length, 99) }));
  code.rebuild(present, missing);
  return missing;
}

function expectCode(code: CodesErrorCode, act: () => unknown): void {
  expect(act).toThrow(expect.objectContaining({ name: 'CodesError', code }));
}

describe.each(kernels)('a code, computed in $name', (kernel) => {
  // Computed by another program, in another language. These bytes travel between releases: they never change.
  test.each([
    [
      ['011e3b58', '122f4c69'],
      ['80e15c0b', 'fd93c479'],
    ],
    [
      ['011e3b58', '122f4c69', '23405d7a'],
      ['ded39903', 'c338e2eb'],
    ],
    [
      ['011e3b58', '122f4c69', '23405d7a', '34516e8b'],
      ['a04c9fde', 'dd07b46e', 'e0c4a4df'],
    ],
    [
      ['011e3b58', '122f4c69', '23405d7a', '34516e8b', '45627f9c'],
      ['9865cbf2', '4cf51591', 'd52e393e', '80e7d2ec'],
    ],
  ])('makes of %s the parity %s', (data, parity) => {
    const code = new ErasureCode({ dataCount: data.length, parityCount: parity.length, kernel });
    const made = parity.map(() => Buffer.alloc(4));
    code.encode(
      data.map((hex) => Buffer.from(hex, 'hex')),
      made,
    );
    expect(made.map((bytes) => bytes.toString('hex'))).toEqual(parity);
  });

  test.each(smallCodes)('of %i + %i fragments gives back whatever it may lose', (dataCount, parityCount) => {
    const code = new ErasureCode({ dataCount, parityCount, kernel });
    const fragments = fragmentsOf(code, 19);
    for (let count = 0; count <= parityCount; count++) {
      for (const lost of subsetsOf(code.fragmentCount, count)) {
        const expected = lost.map((number) => fragments[number]);
        expect(rebuild(code, without(fragments, lost), lost), `without ${lost}`).toEqual(expected);
      }
    }
  });

  test('of any size gives back whatever it may lose, from fragments in any order', () => {
    const anyLoss = fc
      .record({
        total: fc.oneof(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 2, max: fragmentsMax })),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.integer({ min: 0, max: 200 }),
        seed: fc.nat(),
      })
      .chain(({ total, share, length, seed }) => {
        const dataCount = 1 + Math.floor(share * (total - 2));
        const parityCount = total - dataCount;
        const numbers = Array.from({ length: total }, (_, number) => number);
        const order = fc.shuffledSubarray(numbers, { minLength: total });
        const lost = fc.integer({ min: 0, max: Math.min(parityCount, 12) });
        return fc.record({
          dataCount: fc.constant(dataCount),
          parityCount: fc.constant(parityCount),
          order,
          lost,
          length: fc.constant(length),
          seed: fc.constant(seed),
        });
      });
    fc.assert(
      fc.property(anyLoss, ({ dataCount, parityCount, order, lost: count, length, seed }) => {
        const code = new ErasureCode({ dataCount, parityCount, kernel });
        const fragments = fragmentsOf(code, length, seed);
        const lost = order.slice(0, count);
        const present = order.slice(count).map((number) => fragments[number]!);
        expect(rebuild(code, present, lost)).toEqual(lost.map((number) => fragments[number]));
      }),
      { numRuns: 60 },
    );
  });
});

test('parity is what the definition says', () => {
  for (const [dataCount, parityCount] of [...smallCodes, [100, 100] as const, [254, 1] as const]) {
    const fragments = fragmentsOf(new ErasureCode({ dataCount, parityCount }), 3).map(({ bytes }) => bytes);
    const coefficients = referenceCoefficients(dataCount, parityCount);
    const expected = referenceCombination(coefficients, fragments.slice(0, dataCount), parityCount);
    expect(fragments.slice(dataCount), `${dataCount} + ${parityCount}`).toEqual(expected);
  }
});

describe('rebuilding', () => {
  /** Counts how often it combines, and of how many inputs. */
  function countingKernel(): Kernel & { readonly calls: [inputs: number, outputs: number][] } {
    const calls: [number, number][] = [];
    const [kernel] = kernels;
    return {
      name: 'counting',
      calls,
      combine(coefficients, inputs, outputs) {
        calls.push([inputs.length, outputs.length]);
        kernel!.combine(coefficients, inputs, outputs);
      },
    };
  }

  test('makes what is asked for only, of as few fragments as are needed', () => {
    const kernel = countingKernel();
    const code = new ErasureCode({ dataCount: 3, parityCount: 3, kernel });
    const fragments = fragmentsOf(code, 8);
    kernel.calls.length = 0;
    rebuild(code, without(fragments, [1]), [1]);
    rebuild(code, without(fragments, [0, 5]), [5]);
    rebuild(code, fragments, []);
    expect(kernel.calls).toEqual([
      [3, 1],
      [3, 1],
    ]);
  });

  test('prefers data to parity: where they are there, parity that is wrong does no harm', () => {
    const code = new ErasureCode({ dataCount: 3, parityCount: 3 });
    const fragments = fragmentsOf(code, 8);
    const spoilt = [5, 4, 3, 2, 1].map((number) => {
      return number > 3 ? { number, bytes: noise(8, 50) } : fragments[number]!;
    });
    expect(rebuild(code, spoilt, [0])).toEqual([fragments[0]]);
  });

  test('the same pattern again, and another, with other bytes', () => {
    const code = new ErasureCode({ dataCount: 3, parityCount: 2 });
    for (const seed of [1, 10, 20]) {
      const fragments = fragmentsOf(code, 8, seed);
      for (const lost of [[0, 1], [1, 0], [0], [1], [0, 4], [3, 4]]) {
        expect(rebuild(code, without(fragments, lost), lost)).toEqual(lost.map((number) => fragments[number]));
      }
    }
  });

  test('leaves what is there, and its order, alone', () => {
    const code = new ErasureCode({ dataCount: 2, parityCount: 2 });
    const present = [3, 1, 2].map((number) => fragmentsOf(code, 8)[number]!);
    const before = structuredClone(present);
    rebuild(code, present, [0]);
    expect(present).toEqual(before);
  });
});

describe('a code refuses', () => {
  const code = new ErasureCode({ dataCount: 3, parityCount: 2 });
  const fragments = fragmentsOf(code, 8);
  const bytes = new Uint8Array(8);

  test.each([
    [0, 1],
    [1, 0],
    [-1, 3],
    [1.5, 1],
    [1, Number.NaN],
    [1, Number.POSITIVE_INFINITY],
    [255, 1],
    [128, 128],
  ])('to have %d + %d fragments', (dataCount, parityCount) => {
    expectCode('CODE_INVALID', () => new ErasureCode({ dataCount, parityCount }));
  });

  test('to rebuild from too few', () => {
    expectCode('FRAGMENTS_TOO_FEW', () => rebuild(code, fragments.slice(0, 2), [4]));
    expectCode('FRAGMENTS_TOO_FEW', () => code.rebuild([], []));
  });

  test('to encode too few or too many', () => {
    expectCode('FRAGMENTS_TOO_FEW', () => code.encode([bytes, bytes], [bytes, bytes]));
    expectCode('FRAGMENTS_MISMATCHED', () => code.encode([bytes, bytes, bytes, bytes], [bytes, bytes]));
    expectCode('FRAGMENTS_MISMATCHED', () => code.encode([bytes, bytes, bytes], [bytes]));
    expectCode('FRAGMENTS_MISMATCHED', () => code.encode([bytes, bytes, bytes], [bytes, bytes, bytes]));
  });

  test.each([0, 2, 3, 4])('to encode if fragment %i has another length', (odd) => {
    const all = Array.from({ length: 5 }, (_, i) => new Uint8Array(i === odd ? 7 : 8));
    expectCode('FRAGMENTS_MISMATCHED', () => code.encode(all.slice(0, 3), all.slice(3)));
  });

  test('to rebuild from or into fragments of different lengths', () => {
    const [first, second, third] = fragments;
    const short = { number: 3, bytes: new Uint8Array(7) };
    expectCode('FRAGMENTS_MISMATCHED', () => code.rebuild([first!, second!, short], [{ number: 4, bytes }]));
    expectCode('FRAGMENTS_MISMATCHED', () => code.rebuild([first!, second!, third!], [short]));
    // Even if it would not be used.
    expectCode('FRAGMENTS_MISMATCHED', () => code.rebuild([first!, second!, third!, short], [{ number: 4, bytes }]));
  });

  test('fragments that stand twice', () => {
    const [first, second, third] = fragments;
    expectCode('FRAGMENTS_MISMATCHED', () => rebuild(code, [first!, second!, first!], [4]));
    expectCode('FRAGMENTS_MISMATCHED', () => rebuild(code, [first!, second!, third!], [4, 4]));
    expectCode('FRAGMENTS_MISMATCHED', () => rebuild(code, [first!, second!, third!], [2]));
  });

  test.each([-1, 5, 0.5, Number.NaN])('fragment number %d', (number) => {
    expectCode('FRAGMENTS_MISMATCHED', () => rebuild(code, fragments.slice(0, 3), [number]));
    expectCode('FRAGMENTS_MISMATCHED', () => rebuild(code, [...fragments.slice(0, 3), { number, bytes }], [4]));
  });
});
