// GORILLA and CHIMP end with a value that stands for the end, and official readers stop where they first meet it: the
// smallest integer, or not-a-number as Java has it. Readers that know how many values there are, as ours, need no such mark.

import type { Values } from '../column.ts';
import { Encoding } from '../encoding.ts';
import { halvesOf } from '../int64.ts';

export const int32End: number = -0x8000_0000;
export const int64EndHigh: number = -0x8000_0000;
export const int64EndLow = 0;
export const floatEnd = 0x7fc0_0000;
export const doubleEndHigh = 0x7ff8_0000;
export const doubleEndLow = 0;

/** Values' bits, with a not-a-number that is not the end. */
export function bitsOfFloats(values: Float32Array): Int32Array {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  return bits.includes(floatEnd) ? bits.map((it) => (it === floatEnd ? floatEnd + 1 : it)) : bits;
}

/** Values' bits as halves, with a not-a-number that is not the end. */
export function bitsOfDoubles(values: Float64Array): Int32Array {
  const halves = halvesOf(values);
  const isEnd = (i: number): boolean => halves[2 * i] === doubleEndLow && halves[2 * i + 1] === doubleEndHigh;
  let i = 0;
  while (i < values.length && !isEnd(i)) i++;
  if (i === values.length) return halves;
  const others = halves.slice();
  for (; i < values.length; i++) if (isEnd(i)) others[2 * i] = doubleEndLow + 1;
  return others;
}

/** The encoding in which official readers find all values: the smallest integer has no place in two of them. */
export function encodingWithoutEnd(encoding: Encoding, values: Values): Encoding {
  if (encoding !== Encoding.GORILLA && encoding !== Encoding.CHIMP) return encoding;
  const hasEnd =
    values instanceof Int32Array
      ? values.includes(int32End)
      : values instanceof BigInt64Array && values.includes(-(2n ** 63n));
  return hasEnd ? Encoding.TS_2DIFF : encoding;
}
