// Which rows of a page have a value: in files a bit that says yes, the highest of each byte first; in memory a bit that says
// no, the lowest first.

import { type Binaries, isBinaries } from '../binaries.ts';
import type { Values } from '../column.ts';

/** Each byte's bits in the other order, and each the opposite. */
const turned = Uint8Array.from({ length: 256 }, (_, byte) => {
  let nulls = 0;
  for (let bit = 0; bit < 8; bit++) if ((byte & (0x80 >> bit)) === 0) nulls |= 1 << bit;
  return nulls;
});
const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** Nulls as columns have them, absent if there are none, and how many rows have a value. */
export function nullsOf(presence: Uint8Array, rows: number): { nulls: Uint8Array | undefined; count: number } {
  const nulls = new Uint8Array(presence.length);
  let nullCount = 0;
  for (let i = 0; i < presence.length; i++) {
    let byte = turned[presence[i]!]!;
    // Bits behind the last row mean nothing.
    if (i === presence.length - 1 && (rows & 7) !== 0) byte &= (1 << (rows & 7)) - 1;
    nulls[i] = byte;
    nullCount += bitCounts[byte]!;
  }
  return { nulls: nullCount === 0 ? undefined : nulls, count: rows - nullCount };
}

/** Gives every row a slot; those of nulls are zero, or empty. */
export function spread(values: Values, nulls: Uint8Array, rows: number): Values {
  if (isBinaries(values)) return spreadBinaries(values, nulls, rows);
  if (values instanceof BigInt64Array) {
    const slots = new BigInt64Array(rows);
    for (let row = 0, i = 0; row < rows; row++) if (isPresent(nulls, row)) slots[row] = values[i++]!;
    return slots;
  }
  const slots = zeros(values, rows);
  for (let row = 0, i = 0; row < rows; row++) if (isPresent(nulls, row)) slots[row] = values[i++]!;
  return slots;
}

type NumberArray = Exclude<Values, Binaries | BigInt64Array>;

function zeros(like: NumberArray, count: number): NumberArray {
  const Type = like.constructor as new (length: number) => NumberArray;
  return new Type(count);
}

function spreadBinaries({ bytes, offsets }: Binaries, nulls: Uint8Array, rows: number): Binaries {
  const slots = new Int32Array(rows + 1);
  let end = offsets[0]!;
  slots[0] = end;
  for (let row = 0, i = 1; row < rows; row++) {
    if (isPresent(nulls, row)) end = offsets[i++]!;
    slots[row + 1] = end;
  }
  return { bytes, offsets: slots };
}

function isPresent(nulls: Uint8Array, row: number): boolean {
  return (nulls[row >> 3]! & (1 << (row & 7))) === 0;
}
