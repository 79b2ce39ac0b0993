import { expect, test } from 'vitest';
import { BackOff } from './back-off.ts';

test('a loss is answered at once, then with doubling, jittered, capped waits', () => {
  let random = 0;
  const backOff = new BackOff(20, 100, () => random);
  expect([1, 2, 3, 4, 5].map(() => backOff.nextDelayMs())).toEqual([0, 10, 20, 40, 50]);
  random = 0.999;
  expect(backOff.nextDelayMs()).toBeCloseTo(100, 0);
  backOff.reset();
  expect(backOff.nextDelayMs()).toBe(0);
});
