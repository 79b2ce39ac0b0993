import type { Column } from '@balsa/wire';
import type { Nulls } from './nulls.ts';

/** A column of numbers as doubles. */
export interface Numbers {
  readonly values: Float64Array;
  readonly nulls: Nulls;
}

const exactMax = Number.MAX_SAFE_INTEGER;

/** Of a numeric type, or TIMESTAMP. What stands where there is no value is arbitrary. Large INT64 are rounded. */
export function numbersOf({ values, nulls }: Column): Numbers {
  if (values instanceof Float64Array) return { values, nulls };
  if (values instanceof BigInt64Array) return { values: doublesOfHalves(values), nulls };
  return { values: new Float64Array(values as Float32Array | Int32Array), nulls };
}

/** Whether all of them are within the integers that doubles can tell apart. What stands where there is no value counts, too. */
export function areExact({ values }: Numbers): boolean {
  for (let row = 0; row < values.length; row++) if (Math.abs(values[row]!) > exactMax) return false;
  return true;
}

/** The nearest doubles, without making a bigint of each. */
function doublesOfHalves(values: BigInt64Array): Float64Array {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const doubles = new Float64Array(values.length);
  for (let row = 0; row < doubles.length; row++) {
    doubles[row] = halves[row * 2 + 1]! * 0x1_0000_0000 + (halves[row * 2]! >>> 0);
  }
  return doubles;
}
