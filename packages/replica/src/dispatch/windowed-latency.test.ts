import { expect, test } from 'vitest';
import { WindowedLatency } from './windowed-latency.ts';

const relay = 5;

test('of a relay that was to pass nothing on, nothing is known', () => {
  const latency = new WindowedLatency();
  latency.sent(relay, 2, 1, 0);
  expect(latency.ofMs(2, 100)).toBeUndefined();
});

test('one sample at a time is timed for each receiver, until an answer covers it, and counts for the relay that it went through', () => {
  const latency = new WindowedLatency();
  latency.sent(relay, 2, 10, 1000);
  latency.sent(6, 2, 20, 1001);
  latency.acknowledged(2, 9, 1002);
  latency.acknowledged(2, 25, 1004);
  expect(latency.ofMs(relay, 9999)).toBe(4);
  expect(latency.ofMs(6, 9999)).toBeUndefined();
  latency.acknowledged(2, 30, 1100);
  expect(latency.ofMs(relay, 9999)).toBe(4);
});

test('all receivers of a relay count', () => {
  const latency = new WindowedLatency();
  latency.sent(relay, 2, 10, 0);
  latency.sent(relay, 3, 10, 0);
  latency.acknowledged(2, 10, 4);
  latency.acknowledged(3, 10, 8);
  expect(latency.ofMs(relay, 9999)).toBe(6);
});

test('only the last samples count', () => {
  const latency = new WindowedLatency();
  const take = (ms: number, times: number): void => {
    for (let i = 0; i < times; i++) {
      latency.sent(relay, 2, i, 0);
      latency.acknowledged(2, i, ms);
    }
  };
  take(100, 50);
  take(2, 16);
  expect(latency.ofMs(relay, 0)).toBe(51);
  take(2, 16);
  expect(latency.ofMs(relay, 0)).toBe(2);
});

test('a relay whose receivers do not answer is as slow as they have been silent', () => {
  const latency = new WindowedLatency();
  latency.sent(relay, 2, 1, 0);
  expect(latency.ofMs(relay, 700)).toBe(700);
  latency.acknowledged(2, 1, 800);
  latency.sent(relay, 2, 2, 1000);
  expect(latency.ofMs(relay, 1001)).toBe(800);
  expect(latency.ofMs(relay, 3000)).toBe(2000);
});

test('a relay that is to be measured anew begins with nothing', () => {
  const latency = new WindowedLatency();
  latency.sent(relay, 2, 1, 0);
  latency.acknowledged(2, 1, 800);
  latency.sent(relay, 2, 2, 800);
  latency.forget(relay);
  expect(latency.ofMs(relay, 900)).toBeUndefined();
  latency.acknowledged(2, 2, 1000);
  expect(latency.ofMs(relay, 1000)).toBeUndefined();
});

test('a new leadership begins with nothing', () => {
  const latency = new WindowedLatency();
  latency.sent(relay, 2, 1, 0);
  latency.clear();
  latency.acknowledged(2, 1, 5);
  expect(latency.ofMs(relay, 10)).toBeUndefined();
});
