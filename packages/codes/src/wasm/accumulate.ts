// The inner loop as WebAssembly: adds multiples of one input to one to four outputs, 16 bytes at a time.
//
// A byte is the sum of its two halves, so its product with a coefficient is the sum of the halves' products. There are 16
// of each, which is what one `swizzle` looks up for 16 bytes at once: two look-ups instead of a multiplication
// (Plank, Greenan, Miller, "Screaming Fast Galois Field Arithmetic Using Intel SIMD Instructions", FAST 2013). To serve
// four outputs with one reading of the input saves a third of the time; the tables of more do not fit into 16 registers.
//
// One page of memory holds it all. Shorter strips take more calls, longer ones more of the cache: both were slower.
//
//   offset  size
//        0  8192  for each coefficient, its products with 0x00 to 0x0f, and with 0x00, 0x10 to 0xf0
//     8192     S  a strip of the input
//   8192+S    4S  a strip of each output

import { outputsMax } from '../strip-kernel.ts';
import { assemble, type Code, doWhile, i8x16, i32, local, pageBytes, v128, type WasmFunction } from './assembler.ts';

export const vectorBytes = 16;
/** Of the two tables of one coefficient. */
export const tablesBytes: number = 2 * vectorBytes;
export const inputOffset: number = 256 * tablesBytes;
export const stripBytes: number = roundDown((pageBytes - inputOffset) / (1 + outputsMax));

/** Where the strip of an output begins. */
export function outputOffset(output: number): number {
  return inputOffset + (1 + output) * stripBytes;
}

/**
 * A module with `accumulate1` to `accumulate4`, for so many outputs. Their parameters are how many bytes there are (at
 * least one; rounded up to whole vectors) and the coefficients, the one of output i in bits 8i to 8i + 7.
 */
export function accumulateModule(): Uint8Array {
  const functions = Array.from({ length: outputsMax }, (_, i) => accumulate(i + 1));
  return assemble({ memoryPages: 1, functions });
}

function accumulate(outputs: number): WasmFunction {
  const numbers = Array.from({ length: outputs }, (_, output) => output);
  const [bytes, coefficients, position] = [0, 1, 2];
  const [lowMask, low, high] = [3, 4, 5];
  const lowTable = (output: number): number => 6 + 2 * output;
  const highTable = (output: number): number => 7 + 2 * output;

  const tablesOf = (output: number): Code => {
    const coefficient = i32.and(i32.shrU(local.get(coefficients), i32.const(8 * output)), i32.const(0xff));
    return i32.shl(coefficient, i32.const(Math.log2(tablesBytes)));
  };
  const loadTables = (output: number): Code => [
    ...local.set(lowTable(output), v128.load(tablesOf(output), 0)),
    ...local.set(highTable(output), v128.load(tablesOf(output), vectorBytes)),
  ];
  const addTo = (output: number): Code => {
    const product = v128.xor(
      i8x16.swizzle(local.get(lowTable(output)), local.get(low)),
      i8x16.swizzle(local.get(highTable(output)), local.get(high)),
    );
    const sum = v128.xor(v128.load(local.get(position), outputOffset(output)), product);
    return v128.store(local.get(position), sum, outputOffset(output));
  };

  const step = [
    ...local.set(low, v128.load(local.get(position), inputOffset)),
    ...local.set(high, i8x16.shrU(local.get(low), i32.const(4))),
    ...local.set(low, v128.and(local.get(low), local.get(lowMask))),
    ...numbers.flatMap(addTo),
    ...local.set(position, i32.add(local.get(position), i32.const(vectorBytes))),
  ];
  const body = [
    ...local.set(lowMask, i8x16.splat(i32.const(0x0f))),
    ...numbers.flatMap(loadTables),
    ...doWhile(step, i32.ltU(local.get(position), local.get(bytes))),
  ];
  return { name: `accumulate${outputs}`, parameters: 2, i32Locals: 1, v128Locals: 3 + 2 * outputs, body };
}

function roundDown(bytes: number): number {
  return Math.floor(bytes / vectorBytes) * vectorBytes;
}
