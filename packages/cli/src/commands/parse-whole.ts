import { InvalidArgumentError } from 'commander';

/** A whole number that an option wants; `hint` tells what to give if it is none, or out of bounds. */
export function parseWhole(text: string, min: number, max: number, hint: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new InvalidArgumentError(hint);
  return number;
}

export function parseGroup(text: string): number {
  return parseWhole(text, 0, Number.MAX_SAFE_INTEGER, 'Give the number of a group.');
}
