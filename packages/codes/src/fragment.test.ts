import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitBatch } from './batch-fragments.ts';
import { crc32c } from './crc32c.ts';
import { ErasureCode } from './erasure-code.ts';
import { CodesError, type CodesErrorCode } from './errors.ts';
import { type Fragment, openFragment, sealFragment } from './fragment.ts';

const code = new ErasureCode({ dataCount: 3, parityCount: 2 });
const batch = Buffer.from('Balsa is Spanish for raft');

function seal(fragment: Fragment): Buffer {
  return Buffer.concat(sealFragment(fragment));
}

function expectCode(code: CodesErrorCode, act: () => unknown): void {
  expect(act).toThrow(expect.objectContaining({ name: 'CodesError', code }));
}

/** Intact, but with another byte. */
function resealed(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = value;
  changed.writeUInt32LE(crc32c(changed.subarray(4)), 0);
  return changed;
}

describe('a sealed fragment', () => {
  // Computed by another program, in another language. These bytes travel between releases: they never change.
  test('is laid out as it always was', () => {
    expect(splitBatch(code, batch).map((fragment) => seal(fragment).toString('hex'))).toEqual([
      'd6c93a4801030200190000004b410ad842616c736120697320',
      'b80104a601030201190000004b410ad85370616e6973682066',
      '901c89b801030202190000004b410ad86f7220726166740000',
      '013e92fe01030203190000004b410ad8f69eba9f0f3a67cad8',
      '958bacb401030204190000004b410ad8e601ac8d28a4f18c16',
    ]);
  });

  test('opens as what it was, over the same memory', () => {
    for (const fragment of splitBatch(code, batch)) {
      const memory = Buffer.concat([Buffer.alloc(3), seal(fragment), Buffer.alloc(5)]);
      const opened = openFragment(memory.subarray(3, memory.length - 5));
      expect({ ...opened, bytes: [...opened.bytes] }).toEqual({ ...fragment, bytes: [...fragment.bytes] });
      expect(opened.bytes.buffer).toBe(memory.buffer);
    }
  });

  test('of any batch opens as what it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 254 }), (bytes, dataCount) => {
        const wide = new ErasureCode({ dataCount, parityCount: 255 - dataCount });
        for (const fragment of splitBatch(wide, bytes)) {
          const { bytes: payload, ...fields } = openFragment(seal(fragment));
          expect({ ...fields, bytes: Uint8Array.from(payload) }).toEqual(fragment);
        }
      }),
      { numRuns: 5 },
    );
  });

  test('is copied by nobody', () => {
    const [fragment] = splitBatch(code, batch);
    expect(sealFragment(fragment!)[1]).toBe(fragment!.bytes);
  });

  test('is refused with any bit turned, and however much is cut off or added', () => {
    for (const fragment of splitBatch(code, batch)) {
      const sealed = seal(fragment);
      for (let bit = 0; bit < 8 * sealed.length; bit++) {
        const damaged = Buffer.from(sealed);
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        expectCode('FRAGMENT_DAMAGED', () => openFragment(damaged));
      }
      for (let length = 0; length < sealed.length; length++) {
        expectCode('FRAGMENT_DAMAGED', () => openFragment(sealed.subarray(0, length)));
      }
      expectCode('FRAGMENT_DAMAGED', () => openFragment(Buffer.concat([sealed, Buffer.alloc(1)])));
    }
  });

  test.each([
    ['of another version', 4, 0],
    ['of a newer version', 4, 2],
    ['without data fragments', 5, 0],
    ['with another number of data fragments', 5, 4],
    ['without parity fragments', 6, 0],
    ['with more fragments than there can be', 6, 253],
    ['with a number behind the last', 7, 5],
    ['of a longer batch', 8, 28],
    ['of a shorter batch', 8, 24],
    ['of a batch of 4 GiB', 11, 255],
  ])('is refused if it is intact, but %s', (_what, at, value) => {
    expectCode('FRAGMENT_UNKNOWN', () => openFragment(resealed(seal(splitBatch(code, batch)[0]!), at, value)));
  });

  test('may have the last number, and go with the longest batch that fills it', () => {
    const sealed = seal(splitBatch(code, batch)[0]!);
    expect(openFragment(resealed(sealed, 7, 4)).number).toBe(4);
    expect(openFragment(resealed(sealed, 8, 27)).batchBytes).toBe(27);
    expect(openFragment(resealed(sealed, 6, 252)).parityCount).toBe(252);
  });

  test('is noise: refused, with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (noise, isResealed) => {
        const bytes = isResealed && noise.length >= 16 ? resealed(Buffer.from(noise), 4, 1) : noise;
        try {
          openFragment(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodesError);
        }
      }),
    );
  });
});
