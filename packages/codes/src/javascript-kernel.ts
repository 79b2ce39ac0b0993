// The kernel for engines without WebAssembly or its SIMD. For every input it makes a table of what each byte adds to all sums
// at once, a byte of 32 bits for each, so that one look-up serves up to four outputs.

import { fieldSize, multiply } from './galois-field.ts';
import type { Kernel } from './kernel.ts';
import { outputsMax, StripKernel, type StripSums } from './strip-kernel.ts';

/** Long enough to be worth the tables, short enough for the second-level cache: each byte has 32 bits of sums. */
export const packedStripBytes = 16_384;

export function createJavaScriptKernel(): Kernel {
  return new StripKernel('JavaScript', new PackedSums());
}

class PackedSums implements StripSums {
  readonly bytesMax = packedStripBytes;
  /** The sum of output i in bits 8i to 8i + 7. */
  readonly #sums = new Uint32Array(packedStripBytes);
  /** For each byte, its multiples in the same places. */
  readonly #multiples = new Uint32Array(fieldSize);

  clear(_outputs: number, bytes: number): void {
    this.#sums.fill(0, 0, bytes);
  }

  add(input: Uint8Array, coefficients: number): void {
    fillMultiples(this.#multiples, coefficients);
    addLookedUp(this.#sums, input, this.#multiples);
  }

  copyTo(target: Uint8Array, output: number): void {
    copyBits(target, this.#sums, 8 * output);
  }
}

/** Multiplication distributes over addition: the multiples of a byte are those of its highest bit plus those of the rest. */
function fillMultiples(multiples: Uint32Array, coefficients: number): void {
  for (let bit = 1; bit < fieldSize; bit <<= 1) {
    let ofBit = 0;
    for (let shift = 0; shift < 8 * outputsMax; shift += 8)
      ofBit |= multiply((coefficients >>> shift) & 0xff, bit) << shift;
    for (let rest = 0; rest < bit; rest++) multiples[bit + rest] = multiples[rest]! ^ ofBit;
  }
}

function addLookedUp(sums: Uint32Array, input: Uint8Array, multiples: Uint32Array): void {
  for (let i = 0; i < input.length; i++) sums[i]! ^= multiples[input[i]!]!;
}

function copyBits(target: Uint8Array, sums: Uint32Array, shift: number): void {
  for (let i = 0; i < target.length; i++) target[i] = sums[i]! >>> shift;
}
