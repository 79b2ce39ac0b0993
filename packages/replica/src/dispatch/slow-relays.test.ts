import { expect, test } from 'vitest';
import { SlowRelays } from './slow-relays.ts';

const stepMs = 100;

class Rig {
  readonly slow = new SlowRelays();
  nowMs = 0;
  changes = 0;

  /** Round trips of nodes 2, 3, ... for so long; `undefined`: not known. */
  pass(ms: number, roundTrips: readonly (number | undefined)[]): number[] {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += stepMs) {
      if (this.slow.look(new Map(roundTrips.map((each, i) => [i + 2, each])), this.nowMs)) this.changes++;
    }
    return this.leftOut(roundTrips.length);
  }

  leftOut(count: number): number[] {
    return Array.from({ length: count }, (_, i) => i + 2).filter((node) => this.slow.isLeftOut(node, this.nowMs));
  }
}

test('a node that takes far longer to answer than most, and not for a moment only, is left out', () => {
  const rig = new Rig();
  expect(rig.pass(10_000, [10, 12, 9, 180])).toEqual([]);
  expect(rig.pass(10_000, [200, 220, 190, 900])).toEqual([]);
  expect(rig.pass(400, [10, 12, 9, 900])).toEqual([]);
  expect(rig.pass(200, [10, 12, 9, 15])).toEqual([]);
  expect(rig.pass(500, [10, 12, 9, 900])).toEqual([]);
  expect(rig.pass(100, [10, 12, 9, 900])).toEqual([5]);
  expect(rig.changes).toBe(1);
  // It relays nothing, so it is quick again; that says nothing of what it can relay.
  expect(rig.pass(9_800, [10, 12, 9, 11])).toEqual([5]);
  expect(rig.pass(300, [10, 12, 9, 11])).toEqual([]);
});

test('each further time soon after is twice as long', () => {
  const rig = new Rig();
  const leaveOut = (): number => {
    rig.pass(600, [10, 10, 900]);
    const fromMs = rig.nowMs;
    while (rig.leftOut(3).length > 0) rig.pass(stepMs, [10, 10, 10]);
    return Math.round((rig.nowMs - fromMs) / 10_000);
  };
  expect(Array.from({ length: 8 }, leaveOut)).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
  rig.pass(700_000, [10, 10, 10]);
  expect(leaveOut()).toBe(1);
});

test('where all are slow, or nothing is known, nobody is left out', () => {
  const rig = new Rig();
  expect(rig.pass(5_000, [900, 950, 1_000, 1_100])).toEqual([]);
  expect(rig.pass(5_000, [undefined, undefined, undefined])).toEqual([]);
  expect(rig.pass(5_000, [undefined, 700])).toEqual([]);
});

test('one is left out at a time, or two, if the second was before', () => {
  const rig = new Rig();
  expect(rig.pass(1_000, [10, 900, 10, 10])).toEqual([3]);
  expect(rig.pass(2_000, [800, 10, 10, 10])).toEqual([3]);
  rig.pass(8_000, [800, 10, 10, 10]);
  expect(rig.leftOut(4)).toEqual([2]);
  expect(rig.pass(1_000, [10, 900, 10, 10])).toEqual([2, 3]);
  const two = new Rig();
  expect(two.pass(1_000, [10, 900])).toEqual([3]);
  expect(two.pass(1_000, [900, 10])).toEqual([3]);
});

test('a new leadership begins with nothing', () => {
  const rig = new Rig();
  rig.pass(1_000, [10, 10, 900]);
  rig.slow.clear();
  expect(rig.leftOut(3)).toEqual([]);
});
