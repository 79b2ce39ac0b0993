import { expect, test } from 'vitest';
import { WindowedLatency } from './windowed-latency.ts';

test('of a node that was sent nothing, nothing is known', () => {
  expect(new WindowedLatency().ofMs(2, 100)).toBeUndefined();
});

test('one sample at a time is timed, until an answer covers it', () => {
  const latency = new WindowedLatency();
  latency.sent(2, 10, 1000);
  latency.sent(2, 20, 1001);
  latency.acknowledged(2, 9, 1002);
  latency.acknowledged(2, 25, 1004);
  expect(latency.ofMs(2, 9999)).toBe(4);
  latency.acknowledged(2, 30, 1100);
  expect(latency.ofMs(2, 9999)).toBe(4);
});

test('only the last samples count', () => {
  const latency = new WindowedLatency();
  const take = (ms: number, times: number): void => {
    for (let i = 0; i < times; i++) {
      latency.sent(2, i, 0);
      latency.acknowledged(2, i, ms);
    }
  };
  take(100, 50);
  take(2, 16);
  expect(latency.ofMs(2, 0)).toBe(51);
  take(2, 16);
  expect(latency.ofMs(2, 0)).toBe(2);
});

test('who does not answer is as slow as it has been silent', () => {
  const latency = new WindowedLatency();
  latency.sent(2, 1, 0);
  expect(latency.ofMs(2, 700)).toBe(700);
  latency.acknowledged(2, 1, 800);
  latency.sent(2, 2, 1000);
  expect(latency.ofMs(2, 1001)).toBe(800);
  expect(latency.ofMs(2, 3000)).toBe(2000);
});

test('a new leadership begins with nothing', () => {
  const latency = new WindowedLatency();
  latency.sent(2, 1, 0);
  latency.clear();
  latency.acknowledged(2, 1, 5);
  expect(latency.ofMs(2, 10)).toBeUndefined();
});
