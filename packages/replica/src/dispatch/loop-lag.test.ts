import { expect, test } from 'vitest';
import { LoopLag } from './loop-lag.ts';

const periodMs = 10;

test('a process that is in time has no lag', () => {
  const lag = new LoopLag();
  for (let ms = 0; ms < 1000; ms += periodMs) lag.ticked(ms, periodMs);
  expect(lag.recentMs).toBe(0);
});

test('the lag is how late the ticks of late were, on average', () => {
  const lag = new LoopLag();
  let nowMs = 0;
  const tickAfter = (ms: number): void => {
    nowMs += ms;
    lag.ticked(nowMs, periodMs);
  };
  for (let i = 0; i < 200; i++) tickAfter(periodMs + (i % 2) * 8);
  expect(lag.recentMs).toBeGreaterThan(3.5);
  expect(lag.recentMs).toBeLessThan(4.5);
  for (let i = 0; i < 100; i++) tickAfter(periodMs);
  expect(lag.recentMs).toBeLessThan(0.1);
});
