import { expect, test } from 'vitest';
import { StallMeter } from './stall-meter.ts';

test('the stall is the longest time between two acknowledgements around the fault', () => {
  const meter = new StallMeter();
  for (const nowMs of [0, 900, 1000]) meter.acknowledged(nowMs);
  meter.begin();
  for (const nowMs of [1005, 1405, 1410, 1500]) meter.acknowledged(nowMs);
  expect(meter.end(1510)).toBe(400);
});

test('a stall that still lasts counts up to now', () => {
  const meter = new StallMeter();
  meter.acknowledged(1000);
  meter.begin();
  meter.acknowledged(1010);
  expect(meter.end(3010)).toBe(2000);
});

test('stalls before the fault do not count', () => {
  const meter = new StallMeter();
  meter.acknowledged(0);
  meter.acknowledged(5000);
  meter.begin();
  meter.acknowledged(5001);
  expect(meter.end(5002)).toBe(1);
});

test('waiting for the next acknowledgement ends with it, or with a code', async () => {
  const meter = new StallMeter();
  const next = meter.next(10_000);
  meter.acknowledged(1);
  await next;
  await expect(meter.next(1)).rejects.toMatchObject({ code: 'NOT_HEALTHY' });
});
