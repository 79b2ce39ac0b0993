import { expect, it } from 'vitest';
import { defaultTiming, leaseMsOf, ticksAtOnceMax } from './host-options.ts';

it.each([
  ['as it comes', {}],
  ['with clocks that agree', { clockDriftMax: 0 }],
  ['with rare heartbeats', { clockDriftMax: 0, heartbeatIntervalMs: 300 }],
  ['with coarse ticks', { clockDriftMax: 0, tickMs: 50 }],
])('a lease is over before a follower that was held up ends its loyalty: %s', (_what, change) => {
  const timing = { ...defaultTiming, ...change };
  const { electionTimeoutMs, tickMs, clockDriftMax } = timing;
  const electionTicks = Math.ceil(electionTimeoutMs / tickMs);
  // It hears of the leader, and at once makes up for as many ticks as it may; the next comes just after.
  const loyalMs = (electionTicks - ticksAtOnceMax(timing) - 1) * tickMs;
  const leaderMs = leaseMsOf(timing) / (1 - clockDriftMax);
  expect(leaderMs).toBeLessThanOrEqual(loyalMs / (1 + clockDriftMax));
  expect(leaderMs).toBeGreaterThan(0);
});

it('there is no lease where nothing is left of the loyalty', () => {
  expect(leaseMsOf({ ...defaultTiming, electionTimeoutMs: 100, heartbeatIntervalMs: 90 })).toBe(0);
});
