import { expect, test } from 'vitest';
import { NodeLoads } from './node-loads.ts';

test('a rate is what was sent in the last two seconds', () => {
  const loads = new NodeLoads();
  for (let ms = 10_000; ms < 14_000; ms += 10) loads.sent(2, 100, ms);
  expect(loads.ownBytesPerSecond(13_999)).toBe(10_000);
  expect(loads.ownBytesPerSecond(15_000)).toBe(3750);
  expect(loads.ownBytesPerSecond(16_100)).toBe(0);
  loads.sent(2, 4000, 1_000_000);
  expect(loads.ownBytesPerSecond(1_000_000)).toBe(2000);
});

test('a node that is idle says so once', () => {
  const loads = new NodeLoads();
  expect(loads.toTell(1000)).toBeUndefined();
  loads.sent(2, 20_000, 2000);
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

test('what goes to each node is counted, of late and in all', () => {
  const loads = new NodeLoads();
  loads.sent(2, 3000, 10_000);
  loads.sent(3, 500, 10_000);
  loads.sent(2, 1000, 11_000);
  const rates = { sentMessagesPerSecond: 1, sentBytesPerSecond: 2000 };
  expect(loads.sentTo(2, 11_000)).toEqual({ sentMessages: 2, sentBytes: 4000, ...rates });
  expect(loads.sentTo(3, 20_000)).toMatchObject({ sentBytes: 500, sentBytesPerSecond: 0 });
  expect(loads.sentTo(4, 20_000)).toMatchObject({ sentMessages: 0, sentBytes: 0 });
});
