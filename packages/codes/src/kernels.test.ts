// What every kernel must do; both are put through the same.

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createJavaScriptKernel, packedStripBytes } from './javascript-kernel.ts';
import type { Kernel } from './kernel.ts';
import { createSimdKernel } from './simd-kernel.ts';
import { noise, referenceCombination } from './test-reference.ts';
import { stripBytes } from './wasm/accumulate.ts';
import { webAssembly } from './wasm/web-assembly.ts';

const javaScript = createJavaScriptKernel();
// Every machine on which this is developed has it; without, these tests fail rather than test nothing.
const simd = createSimdKernel()!;

function combine(
  kernel: Kernel,
  coefficients: Uint8Array,
  inputs: readonly Uint8Array[],
  outputs: number,
): Uint8Array[] {
  // What was there before does not count.
  const results = Array.from({ length: outputs }, (_, i) => noise(inputs[0]!.length, i));
  kernel.combine(coefficients, inputs, results);
  return results;
}

describe.each([javaScript, simd])('the kernel in $name', (kernel) => {
  test.each([0, 1, 2, 15, 16, 17, 31, 32, 33, 1000])('makes sums of multiples of %i bytes', (length) => {
    const inputs = [1, 2, 3].map((seed) => noise(length, seed));
    const coefficients = noise(6, 4);
    expect(combine(kernel, coefficients, inputs, 2)).toEqual(referenceCombination(coefficients, inputs, 2));
  });

  test('multiplies every byte by every coefficient', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(combine(kernel, all, [all], 256)).toEqual(referenceCombination(all, [all], 256));
  });

  test.each([1, 2, 3, 4, 5, 7, 8, 9])('makes %i outputs', (outputs) => {
    const inputs = [1, 2].map((seed) => noise(40, seed));
    const coefficients = noise(2 * outputs, 3);
    expect(combine(kernel, coefficients, inputs, outputs)).toEqual(referenceCombination(coefficients, inputs, outputs));
  });

  test.each(
    [stripBytes, packedStripBytes].flatMap((strip) => [strip - 1, strip, strip + 1, 2 * strip, 2 * strip + 17]),
  )('goes on where a strip ends, over %i bytes', (length) => {
    const inputs = [1, 2].map((seed) => noise(length, seed));
    const coefficients = noise(10, 3);
    const expected = referenceCombination(coefficients, inputs, 5);
    // Not as matchers compare: of so many bytes that takes seconds.
    const equal = combine(kernel, coefficients, inputs, 5).map((output, i) => Buffer.compare(output, expected[i]!));
    expect(equal).toEqual([0, 0, 0, 0, 0]);
  });

  test('makes any sums of multiples, wherever in memory, and touches nothing else', () => {
    const anyCase = fc.record({
      inputs: fc.integer({ min: 1, max: 9 }),
      outputs: fc.integer({ min: 1, max: 9 }),
      length: fc.integer({ min: 0, max: 100 }),
      offset: fc.integer({ min: 0, max: 20 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(anyCase, ({ inputs: count, outputs, length, offset, seed }) => {
        const coefficients = noise(count * outputs, seed);
        const stride = length + offset;
        const memory = noise(offset + (count + outputs) * stride, seed + 1);
        const before = Uint8Array.from(memory);
        const views = Array.from({ length: count + outputs }, (_, i) => {
          const start = offset + i * stride;
          return memory.subarray(start, start + length);
        });
        const inputs = views.slice(0, count);
        kernel.combine(coefficients, inputs, views.slice(count));
        for (const [i, bytes] of referenceCombination(coefficients, inputs, outputs).entries()) {
          before.set(bytes, offset + (count + i) * stride);
        }
        expect(memory).toEqual(before);
      }),
    );
  });

  test('forgets what it did before', () => {
    const inputs = [noise(64, 1)];
    const once = combine(kernel, Uint8Array.of(7), inputs, 1);
    combine(
      kernel,
      noise(36, 2),
      [3, 4, 5, 6].map((seed) => noise(200, seed)),
      9,
    );
    expect(combine(kernel, Uint8Array.of(7), inputs, 1)).toEqual(once);
  });
});

test('both kernels make the same of large inputs', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 6 }),
      fc.nat(),
      (length, outputs, seed) => {
        const inputs = [1, 2, 3].map((i) => noise(length, seed + i));
        const coefficients = noise(3 * outputs, seed);
        const [left, right] = [javaScript, simd].map((kernel) => combine(kernel, coefficients, inputs, outputs));
        for (const [i, output] of left!.entries()) expect(Buffer.compare(output, right![i]!)).toBe(0);
      },
    ),
    { numRuns: 20 },
  );
});

describe('the choice of a kernel', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test('falls upon WebAssembly with SIMD where there is one, once', async () => {
    const { defaultKernel } = await import('./default-kernel.ts');
    expect(defaultKernel().name).toBe(simd.name);
    expect(defaultKernel()).toBe(defaultKernel());
  });

  test('falls upon JavaScript where there is no WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const { defaultKernel } = await import('./default-kernel.ts');
    expect(defaultKernel().name).toBe(javaScript.name);
  });

  test('and where it has no SIMD', () => {
    expect(createSimdKernel({ ...webAssembly!, validate: () => false })).toBeUndefined();
  });
});
