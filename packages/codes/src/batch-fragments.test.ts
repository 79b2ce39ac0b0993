import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinBatch, rebuildFragments, splitBatch } from './batch-fragments.ts';
import { ErasureCode } from './erasure-code.ts';
import type { CodesErrorCode } from './errors.ts';
import { batchBytesMax, type Fragment, payloadBytes } from './fragment.ts';
import { noise, smallCodes, subsetsOf } from './test-reference.ts';
import { stripBytes } from './wasm/accumulate.ts';

const code = new ErasureCode({ dataCount: 3, parityCount: 2 });
const batch = noise(100);
const fragments = splitBatch(code, batch);

function choose(all: readonly Fragment[], numbers: readonly number[]): Fragment[] {
  return numbers.map((number) => all[number]!);
}

function expectCode(code: CodesErrorCode, act: () => unknown): void {
  expect(act).toThrow(expect.objectContaining({ name: 'CodesError', code }));
}

/** Not as matchers compare: of many bytes that takes seconds. */
function expectSame(bytes: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(bytes, expected)).toBe(0);
}

describe('a batch', () => {
  test.each(smallCodes)('cut into %i + %i fragments comes out of any that are enough', (dataCount, parityCount) => {
    const small = new ErasureCode({ dataCount, parityCount });
    const all = splitBatch(small, batch);
    for (const numbers of subsetsOf(small.fragmentCount, dataCount)) {
      expectSame(joinBatch(small, choose(all, numbers)), batch);
    }
  });

  test.each([
    ...[0, 1, 2, 3, 4, 5, 6, 7, 47, 48, 49],
    ...[-1, 0, 1, 2].map((more) => 3 * stripBytes + more),
    ...[-1, 0, 1].map((more) => 6 * stripBytes + more),
    1_000_000,
  ])('of %i bytes comes out of fragments that are as short as can be', (length) => {
    const bytes = noise(length);
    const all = splitBatch(code, bytes);
    expect(all.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
    for (const fragment of all) {
      expect(fragment).toMatchObject({ dataCount: 3, parityCount: 2, batchBytes: length });
      expect(fragment.bytes.length).toBe(Math.ceil(length / 3));
    }
    for (const numbers of [
      [0, 1, 2],
      [4, 3, 2],
      [3, 0, 4],
      [1, 3, 2],
      [0, 1, 2, 3, 4],
    ]) {
      expectSame(joinBatch(code, choose(all, numbers)), bytes);
    }
  });

  test('of any length comes out of any fragments of any code', () => {
    const anySplit = fc
      .record({ dataCount: fc.integer({ min: 1, max: 12 }), parityCount: fc.integer({ min: 1, max: 12 }) })
      .chain((counts) => {
        const numbers = Array.from({ length: counts.dataCount + counts.parityCount }, (_, number) => number);
        const present = fc.shuffledSubarray(numbers, { minLength: counts.dataCount });
        return fc.tuple(fc.constant(counts), present, fc.uint8Array({ maxLength: 300 }));
      });
    fc.assert(
      fc.property(anySplit, ([counts, present, bytes]) => {
        const any = new ErasureCode(counts);
        const all = splitBatch(any, bytes);
        expectSame(joinBatch(any, choose(all, present)), bytes);
        const missing = all.map(({ number }) => number).filter((number) => !present.includes(number));
        expect(rebuildFragments(any, choose(all, present), missing)).toEqual(choose(all, missing));
      }),
    );
  });

  test('is not copied: data fragments are views of it, but for the one that needs zeros', () => {
    const [first, second, third] = fragments;
    expect([first, second].map((fragment) => fragment!.bytes.buffer)).toEqual([batch.buffer, batch.buffer]);
    expect(third!.bytes.buffer).not.toBe(batch.buffer);
    expect([...third!.bytes]).toEqual([...batch.subarray(68), 0, 0]);
  });

  test('may be shorter than the code is wide', () => {
    const wide = new ErasureCode({ dataCount: 9, parityCount: 3 });
    const all = splitBatch(wide, Uint8Array.of(1, 2, 3));
    expect(all.slice(0, 9).map(({ bytes }) => bytes[0])).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 0]);
    expectSame(joinBatch(wide, all.slice(3)), Uint8Array.of(1, 2, 3));
  });

  test('comes out in memory of its own', () => {
    const joined = joinBatch(code, fragments);
    joined.fill(0);
    expectSame(joinBatch(code, fragments), batch);
  });

  test('that is longer than the header can say is refused', () => {
    // Only its length is looked at.
    const endless = { length: batchBytesMax + 1 } as Uint8Array;
    expectCode('BATCH_TOO_LARGE', () => splitBatch(code, endless));
  });
});

describe('fragments that are missing', () => {
  test('are made again, each of any that are enough', () => {
    for (const numbers of subsetsOf(5, 3)) {
      for (const missing of [0, 1, 2, 3, 4].filter((number) => !numbers.includes(number))) {
        expect(rebuildFragments(code, choose(fragments, numbers), [missing])).toEqual([fragments[missing]]);
      }
    }
  });

  test('come in the order in which they are asked for', () => {
    expect(rebuildFragments(code, choose(fragments, [4, 2, 1]), [3, 0])).toEqual(choose(fragments, [3, 0]));
    expect(rebuildFragments(code, fragments, [])).toEqual([]);
  });
});

describe.each([
  ['joining', (present: readonly Fragment[]) => joinBatch(code, present)],
  ['rebuilding', (present: readonly Fragment[]) => rebuildFragments(code, present, [])],
])('%s refuses', (_what, act) => {
  const [first, second, third, fourth] = fragments as [Fragment, Fragment, Fragment, Fragment, Fragment];

  test('too few fragments', () => {
    expectCode('FRAGMENTS_TOO_FEW', () => act([]));
    expectCode('FRAGMENTS_TOO_FEW', () => act([first, fourth]));
  });

  test('too few before it looks at anything else', () => {
    expectCode('FRAGMENTS_TOO_FEW', () => act([first, first]));
  });

  test('the same fragment twice', () => {
    expectCode('FRAGMENTS_MISMATCHED', () => act([first, second, second]));
    expectCode('FRAGMENTS_MISMATCHED', () => act([first, second, third, third]));
  });

  test.each<[string, Partial<Fragment>]>([
    ['another code', { dataCount: 2 }],
    ['another code with as many data', { parityCount: 3 }],
    ['a batch of another length', { batchBytes: 101 }],
    ['another batch of this length', { batchChecksum: 5 }],
    ['a number that there is not', { number: 5 }],
    ['another length', { bytes: new Uint8Array(33) }],
  ])('a fragment with %s, in any place', (_name, difference) => {
    expectCode('FRAGMENTS_MISMATCHED', () => act([first, second, { ...third, ...difference }]));
    expectCode('FRAGMENTS_MISMATCHED', () => act([first, second, third, { ...fourth, ...difference }]));
    expectCode('FRAGMENTS_MISMATCHED', () => act([{ ...first, ...difference }, second, third]));
  });

  test.each([33, 35])(
    'fragments that agree with each other, but not with the length of the batch: %i bytes',
    (length) => {
      const bytes = new Uint8Array(length);
      expectCode('FRAGMENTS_MISMATCHED', () => act([first, second, third].map((fragment) => ({ ...fragment, bytes }))));
    },
  );

  test('fragments that agree with each other, but are of another code', () => {
    const other = new ErasureCode({ dataCount: 2, parityCount: 3 });
    expectCode('FRAGMENTS_MISMATCHED', () => act(splitBatch(other, batch)));
  });
});

test('a batch that is not what was cut up is refused, whatever was wrong with it', () => {
  for (const numbers of subsetsOf(5, 3)) {
    for (const wrong of numbers) {
      const present = choose(fragments, numbers).map((fragment) => {
        if (fragment.number !== wrong) return fragment;
        const bytes = Uint8Array.from(fragment.bytes);
        bytes[7]! ^= 0x20;
        return { ...fragment, bytes };
      });
      expectCode('BATCH_DAMAGED', () => joinBatch(code, present));
    }
  }
});

test('the length of fragments is a share, rounded up', () => {
  expect([0, 1, 3, 4, 6].map((length) => payloadBytes(length, 3))).toEqual([0, 1, 1, 2, 2]);
  expect(payloadBytes(batchBytesMax, 254)).toBe(16_909_321);
});
