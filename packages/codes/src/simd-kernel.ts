// The kernel on WebAssembly with SIMD.

import { fieldSize, multiply } from './galois-field.ts';
import type { Kernel } from './kernel.ts';
import { outputsMax, StripKernel, type StripSums } from './strip-kernel.ts';
import {
  accumulateModule,
  inputOffset,
  outputOffset,
  stripBytes,
  tablesBytes,
  vectorBytes,
} from './wasm/accumulate.ts';
import { type WebAssemblyApi, webAssembly } from './wasm/web-assembly.ts';

type Accumulate = (bytes: number, coefficients: number) => void;

/** What `accumulateModule` exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly [name: `accumulate${number}`]: Accumulate;
}

/** `undefined` if the engine has no WebAssembly or no SIMD. */
export function createSimdKernel(api: WebAssemblyApi | undefined = webAssembly): Kernel | undefined {
  if (api === undefined) return undefined;
  const bytes = accumulateModule();
  if (!api.validate(bytes)) return undefined;
  const { exports } = new api.Instance(new api.Module(bytes));
  return new StripKernel('WebAssembly SIMD', new SimdSums(exports as Exports));
}

class SimdSums implements StripSums {
  readonly bytesMax = stripBytes;
  readonly #memory: Uint8Array;
  /** By number of outputs, less one. */
  readonly #accumulate: readonly Accumulate[];
  #outputs = 1;

  constructor(exports: Exports) {
    this.#memory = new Uint8Array(exports.memory.buffer);
    this.#accumulate = Array.from({ length: outputsMax }, (_, i) => exports[`accumulate${i + 1}`]!);
    fillTables(this.#memory);
  }

  clear(outputs: number, bytes: number): void {
    this.#outputs = outputs;
    for (let i = 0; i < outputs; i++) this.#memory.fill(0, outputOffset(i), outputOffset(i) + bytes);
  }

  add(input: Uint8Array, coefficients: number): void {
    this.#memory.set(input, inputOffset);
    this.#accumulate[this.#outputs - 1]!(input.length, coefficients);
  }

  copyTo(target: Uint8Array, output: number): void {
    target.set(this.#memory.subarray(outputOffset(output), outputOffset(output) + target.length));
  }
}

function fillTables(memory: Uint8Array): void {
  for (let coefficient = 0; coefficient < fieldSize; coefficient++) {
    for (let half = 0; half < vectorBytes; half++) {
      const at = coefficient * tablesBytes + half;
      memory[at] = multiply(coefficient, half);
      memory[at + vectorBytes] = multiply(coefficient, half << 4);
    }
  }
}
