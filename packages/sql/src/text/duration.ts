import type { Span } from '../span.ts';
import type { Duration, DurationUnit } from '../tree/literal.ts';

const part = /(\d+)(mo|ms|us|ns|[ywdhms])/gi;

/** What is wrong with it, or the literal. `image` has the form of the token. */
export function readDuration(image: string, span: Span): Duration | string {
  const parts = [...image.matchAll(part)].map(([, amount, unit = '']) => ({
    amount: Number(amount),
    unit: unit.toLowerCase() as DurationUnit,
  }));
  if (!parts.every(({ amount }) => Number.isSafeInteger(amount))) return 'this duration is too long';
  return { kind: 'duration', parts, span };
}

export function durationText({ parts }: Duration): string {
  return parts.map(({ amount, unit }) => `${amount}${unit}`).join('');
}
