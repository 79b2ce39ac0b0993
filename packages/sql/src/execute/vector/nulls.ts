// Bitmaps in which a 1 stands for a missing value.

import { nullBytes } from '@balsa/wire';

export type Nulls = Uint8Array | undefined;

export function isNullAt(nulls: Nulls, row: number): boolean {
  return nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0;
}

export function setNull(nulls: Uint8Array, row: number): void {
  nulls[row >> 3]! |= 1 << (row & 7);
}

/** Null where one of them is. */
export function eitherNull(left: Nulls, right: Nulls, rows: number): Nulls {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const nulls = new Uint8Array(nullBytes(rows));
  for (let byte = 0; byte < nulls.length; byte++) nulls[byte] = left[byte]! | right[byte]!;
  return nulls;
}

/** Whether no row of `[0, rows)` has a value. */
export function isAllNull(nulls: Nulls, rows: number): boolean {
  if (nulls === undefined) return rows === 0;
  const whole = rows >> 3;
  for (let byte = 0; byte < whole; byte++) if (nulls[byte] !== 0xff) return false;
  const rest = (1 << (rows & 7)) - 1;
  return rest === 0 || (nulls[whole]! & rest) === rest;
}

export function withNulls<Values>(values: Values, nulls: Nulls): { values: Values; nulls?: Uint8Array } {
  return nulls === undefined ? { values } : { values, nulls };
}
