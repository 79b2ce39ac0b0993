import { expect, test } from 'vitest';
import { NodeLoads } from './node-loads.ts';

test('a rate is what was sent in the last two seconds', () => {
  const loads = new NodeLoads();
  for (let ms = 10_000; ms < 14_000; ms += 10) loads.sent(100, ms);
  expect(loads.ownBytesPerSecond(13_999)).toBe(10_000);
  expect(loads.ownBytesPerSecond(15_000)).toBe(3750);
  expect(loads.ownBytesPerSecond(16_100)).toBe(0);
  loads.sent(4000, 1_000_000);
  expect(loads.ownBytesPerSecond(1_000_000)).toBe(2000);
});

test('a node that is idle says so once', () => {
  const loads = new NodeLoads();
  expect(loads.toTell(1000)).toBeUndefined();
  loads.sent(20_000, 2000);
  expect(loads.toTell(2000)).toBe(10_000);
  expect(loads.toTell(3000)).toBe(10_000);
  expect(loads.toTell(9000)).toBe(0);
  expect(loads.toTell(10_000)).toBeUndefined();
});

test('what another node said is believed for as long as it goes on saying so', () => {
  const loads = new NodeLoads();
  expect(loads.ofPeer(2, 0)).toBe(0);
  loads.told(2, 5000, 1000);
  expect(loads.ofPeer(2, 3000)).toBe(5000);
  expect(loads.ofPeer(2, 3001)).toBe(0);
  loads.told(2, 5000, 4000);
  loads.forget(2);
  expect(loads.ofPeer(2, 4000)).toBe(0);
});
