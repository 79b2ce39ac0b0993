import { expect, test } from 'vitest';
import { HoldUps } from './hold-ups.ts';

/** Sent to 4, 5 and 6 at once. */
function sendTo4And5And6(holdUps: HoldUps, relay: number | undefined, index: number, nowMs: number): void {
  for (const node of [4, 5, 6]) holdUps.sent(node, relay, index - 1, index, nowMs);
}

test('what a receiver waits for is put down to who brings the first that it lacks, and to nobody behind it', () => {
  const holdUps = new HoldUps();
  sendTo4And5And6(holdUps, 2, 1, 0);
  sendTo4And5And6(holdUps, 3, 2, 0);
  for (const node of [4, 5, 6]) holdUps.acknowledged(node, 1, 300);
  for (const node of [4, 5, 6]) holdUps.acknowledged(node, 2, 310);
  expect(holdUps.of(2, 310)).toEqual({ perBatchMs: 300, lastSecondMs: 300, presentMs: 0 });
  expect(holdUps.of(3, 310)).toEqual({ perBatchMs: 10, lastSecondMs: 10, presentMs: 0 });
  sendTo4And5And6(holdUps, 2, 3, 1000);
  sendTo4And5And6(holdUps, 3, 4, 1000);
  // Both come in one flush.
  for (const node of [4, 5, 6]) holdUps.acknowledged(node, 4, 1100);
  expect(holdUps.of(2, 1100)!.perBatchMs).toBe(250);
  expect(holdUps.of(3, 1100)!.perBatchMs).toBe(7.5);
});

test('the leader, and whoever is not measured, holds up nobody', () => {
  const holdUps = new HoldUps();
  sendTo4And5And6(holdUps, undefined, 1, 0);
  sendTo4And5And6(holdUps, 2, 2, 0);
  for (const node of [4, 5, 6]) holdUps.acknowledged(node, 2, 500);
  expect(holdUps.of(2, 500)).toEqual({ perBatchMs: 0, lastSecondMs: 0, presentMs: 0 });
  expect(holdUps.of(3, 500)).toBeUndefined();
});

test('what has not come yet counts for as long as it is waited for', () => {
  const holdUps = new HoldUps();
  sendTo4And5And6(holdUps, 2, 1, 0);
  expect(holdUps.of(2, 400)).toEqual({ perBatchMs: 400, lastSecondMs: 400, presentMs: 400 });
});

test('one receiver to which nothing gets through says nothing about the relay', () => {
  const holdUps = new HoldUps();
  sendTo4And5And6(holdUps, 2, 1, 0);
  for (const node of [4, 5]) holdUps.acknowledged(node, 1, 5);
  expect(holdUps.of(2, 5000)).toMatchObject({ perBatchMs: 5, presentMs: 0 });
});

test('what is sent again is waited for from whoever brings it now', () => {
  const holdUps = new HoldUps();
  for (let index = 1; index <= 4; index++) holdUps.sent(4, index % 2 === 0 ? 3 : 2, index - 1, index, 0);
  expect(holdUps.isUsed(2)).toBe(true);
  holdUps.sent(4, undefined, 0, 1, 100);
  holdUps.sent(4, undefined, 2, 3, 100);
  expect(holdUps.isUsed(2)).toBe(false);
  holdUps.acknowledged(4, 1, 600);
  holdUps.acknowledged(4, 4, 700);
  // For the first 100 ms, before it was sent again; nothing of it ever came.
  expect(holdUps.of(2, 700)).toBeUndefined();
  expect(holdUps.of(3, 700)).toMatchObject({ lastSecondMs: 100 });
  expect([holdUps.broughtBy(2), holdUps.broughtBy(3)]).toEqual([0, 2]);
});

test('a relay, and a receiver, can be forgotten', () => {
  const holdUps = new HoldUps();
  sendTo4And5And6(holdUps, 2, 1, 0);
  for (const node of [4, 5, 6]) holdUps.acknowledged(node, 1, 50);
  holdUps.forgetRelay(2);
  expect(holdUps.of(2, 50)).toBeUndefined();
  expect(holdUps.broughtBy(2)).toBe(3);
  sendTo4And5And6(holdUps, 2, 2, 100);
  for (const node of [4, 5, 6]) holdUps.forgetReceiver(node);
  expect(holdUps.isUsed(2)).toBe(false);
});
