// Spreads for people: `median (min-max)`.

import type { Spread } from './spread.ts';

/** For figures whose digits behind the point say nothing. */
export function wholeSpread(spread: Spread): string {
  return format(spread, (value) => Math.round(value).toLocaleString('en'));
}

/** Three digits. */
export function fineSpread(spread: Spread): string {
  return format(spread, (value) => value.toLocaleString('en', { maximumSignificantDigits: 3 }));
}

function format({ median, min, max }: Spread, text: (value: number) => string): string {
  return `${text(median)} (${text(min)}-${text(max)})`;
}
