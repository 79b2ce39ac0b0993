import { expect, test } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { EventLoopDelay } from './event-loop-delay.ts';

test('is measured from the first look until nobody has looked for long', () => {
  const clock = new HandClock();
  const delay = new EventLoopDelay(clock, { windowMs: 1000, forgetAfterMs: 5000 });
  expect(clock.tick).toBeUndefined();
  expect(delay.report()).toMatchObject({ count: 0, recent: { count: 0 } });
  clock.tickAt(50);
  clock.tickAt(130);
  // Somewhat early, as timers are that make up for a late one.
  clock.tickAt(170);
  expect(delay.report()).toMatchObject({ count: 3, max: 30, mean: 10, recent: { count: 3, max: 30 } });
  clock.tickAt(5169);
  expect(clock.tick).toBeDefined();
  clock.tickAt(5170);
  expect(clock.tick).toBeUndefined();
  expect(delay.report()).toMatchObject({ count: 0 });
  delay.stop();
  expect(clock.tick).toBeUndefined();
});
