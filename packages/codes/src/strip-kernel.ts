// A kernel on a little memory of its own. Fragments pass through it strip by strip: of every input a strip is added to the
// sums of up to four outputs, which are then copied out. So large fragments need no more memory than small ones, what is
// worked on stays in the nearest caches, and each reading of an input serves four outputs.

import type { Kernel } from './kernel.ts';

/** Outputs at once: so many coefficients, or products, fit into 32 bits. */
export const outputsMax = 4;

/** The sums of up to four outputs over one strip. */
export interface StripSums {
  /** Of a strip. */
  readonly bytesMax: number;
  /** Begins a strip: so many sums of so many bytes, all zero. */
  clear(outputs: number, bytes: number): void;
  /**
   * Adds multiples of a strip of an input, of as many bytes as the sums have.
   * @param coefficients of output i in bits 8i to 8i + 7.
   */
  add(input: Uint8Array, coefficients: number): void;
  copyTo(target: Uint8Array, output: number): void;
}

export class StripKernel implements Kernel {
  readonly name: string;
  readonly #sums: StripSums;

  constructor(name: string, sums: StripSums) {
    this.name = name;
    this.#sums = sums;
  }

  combine(coefficients: Uint8Array, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
    const length = outputs[0]?.length ?? 0;
    for (let start = 0; start < length; start += this.#sums.bytesMax) {
      const end = Math.min(start + this.#sums.bytesMax, length);
      for (let first = 0; first < outputs.length; first += outputsMax) {
        const count = Math.min(outputsMax, outputs.length - first);
        this.#sums.clear(count, end - start);
        for (let i = 0; i < inputs.length; i++) {
          let packed = 0;
          for (let j = 0; j < count; j++) packed |= coefficients[(first + j) * inputs.length + i]! << (8 * j);
          this.#sums.add(inputs[i]!.subarray(start, end), packed);
        }
        for (let j = 0; j < count; j++) this.#sums.copyTo(outputs[first + j]!.subarray(start, end), j);
      }
    }
  }
}
