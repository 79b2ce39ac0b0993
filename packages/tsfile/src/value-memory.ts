// Where decoders put values. A page's values are as a rule looked at once, in the turn in which they were decoded: then one piece
// of memory does for all pages, and neither has to be taken, cleared and collected for each.

export interface ValueMemory {
  /** What stands in the arrays is arbitrary. */
  int32s(count: number): Int32Array<ArrayBuffer>;
  int64s(count: number): BigInt64Array<ArrayBuffer>;
  floats(count: number): Float32Array<ArrayBuffer>;
  doubles(count: number): Float64Array<ArrayBuffer>;
}

export const freshMemory: ValueMemory = {
  int32s: (count) => new Int32Array(count),
  int64s: (count) => new BigInt64Array(count),
  floats: (count) => new Float32Array(count),
  doubles: (count) => new Float64Array(count),
};

/** Larger arrays are not kept. */
const reusedValuesMax = 1 << 14;

/** An array holds until the next one of whatever type. */
export class ReusedMemory implements ValueMemory {
  /** Taken with the first array: where statistics answer, there is none. */
  #taken: ArrayBuffer | undefined;

  int32s(count: number): Int32Array<ArrayBuffer> {
    return count > reusedValuesMax ? freshMemory.int32s(count) : new Int32Array(this.#buffer, 0, count);
  }

  int64s(count: number): BigInt64Array<ArrayBuffer> {
    return count > reusedValuesMax ? freshMemory.int64s(count) : new BigInt64Array(this.#buffer, 0, count);
  }

  floats(count: number): Float32Array<ArrayBuffer> {
    return count > reusedValuesMax ? freshMemory.floats(count) : new Float32Array(this.#buffer, 0, count);
  }

  doubles(count: number): Float64Array<ArrayBuffer> {
    return count > reusedValuesMax ? freshMemory.doubles(count) : new Float64Array(this.#buffer, 0, count);
  }

  get #buffer(): ArrayBuffer {
    this.#taken ??= new ArrayBuffer(8 * reusedValuesMax);
    return this.#taken;
  }
}
