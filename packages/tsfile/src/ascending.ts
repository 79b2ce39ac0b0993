import { halvesOf } from './int64.ts';

/** Whether each time is later than the one before. */
export function isTimeAscending(times: BigInt64Array): boolean {
  const halves = halvesOf(times);
  for (let at = 2; at < halves.length; at += 2) {
    const high = halves[at + 1]!;
    const highBefore = halves[at - 1]!;
    if (high < highBefore || (high === highBefore && halves[at]! >>> 0 <= halves[at - 2]! >>> 0)) return false;
  }
  return true;
}

/** The same, of times as numbers. */
export function isAscending(times: Float64Array): boolean {
  for (let i = 1; i < times.length; i++) if (times[i]! <= times[i - 1]!) return false;
  return true;
}
